/**
 * Composes the URI, or URI template, under which xmcp registers the resource of a file:
 * `src/resources/(tickets)/[id]/index.ts` is `tickets://{id}`.
 *
 * @param mimeType of the resource's metadata: what is HTML gets the extension .html.
 * @returns undefined for a file that xmcp skips: without a scheme, or a parameter that is no folder.
 */
export function resourceUri(file: string, mimeType: string | undefined): string | undefined {
  const parts = file.split("/").filter((part) => part !== "");
  const scheme = parts.findIndex((part) => /^\(.+\)$/.test(part));
  const name = parts.at(-1) ?? "";
  if (scheme === -1 || /^\[.+\]\.ts$/.test(name)) return undefined;
  const [stem = ""] = name.split(".", 1);
  const path = [...parts.slice(scheme + 1, -1), ...(stem === "index" ? [] : [stem])].map((part) =>
    /^\[.+\]$/.test(part) ? `{${part.slice(1, -1)}}` : part,
  );
  const uri = `${parts[scheme]?.slice(1, -1)}://${path.join("/")}`;
  return mimeType?.includes("html") === true && !uri.endsWith(".html") ? `${uri}.html` : uri;
}
