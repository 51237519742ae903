/** Where the pages of `docs/` are published; the one place that knows. */
const DOCUMENTATION_URL = "https://xmcp.dev/docs/integrations/workos";

/** Builds the URL of a section of the documentation: of the page `docs/<page>.md`, the heading with this anchor. */
export function documentationUrl(page: string, anchor: string): string {
  return `${DOCUMENTATION_URL}/${page}#${anchor}`;
}
