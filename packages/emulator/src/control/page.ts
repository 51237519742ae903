/** A page of the sign-in as a program reads it. */
export interface Page {
  readonly status: number;
  /** `sign-in`, `organization`, `consent` or `error`; undefined for what is no page. */
  readonly name: string | undefined;
  /** Where the page's first form is posted to, and its hidden fields. */
  readonly form:
    | { readonly action: string; readonly fields: Readonly<Record<string, string>> }
    | undefined;
  readonly alert: string | undefined;
  /** Where a redirect leads. */
  readonly location: string | null;
}

/** Reads an answer of the authorization endpoint or of a page's form. */
export async function readPage(response: Response): Promise<Page> {
  const markup = await response.text();
  const form = /<form method="post" action="([^"]+)">([\s\S]*?)<\/form>/u.exec(markup);
  const alert = /<p class="alert" role="alert">([\s\S]*?)<\/p>/u.exec(markup)?.[1];
  return {
    status: response.status,
    name: /<body data-page="([^"]+)">/u.exec(markup)?.[1],
    form:
      form === null ? undefined : { action: form[1] ?? "", fields: hiddenFields(form[2] ?? "") },
    alert: alert === undefined ? undefined : unescape(alert),
    location: response.headers.get("location"),
  };
}

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&amp;": "&" } as const;

function unescape(text: string): string {
  return text.replace(
    /&(?:lt|gt|quot|#39|amp);/gu,
    (entity) => ENTITIES[entity as keyof typeof ENTITIES],
  );
}

function hiddenFields(markup: string): Record<string, string> {
  const fields = markup.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/gu);
  return Object.fromEntries([...fields].map(([, name = "", value = ""]) => [name, value]));
}
