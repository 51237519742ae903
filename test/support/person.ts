/**
 * A person at a browser without a screen: follows redirects, keeps cookies, reads
 * the form on each page and answers it.
 */
export interface Choices {
  /** User ID to sign in as. */
  readonly user: string;
  /** Organization ID to choose, when asked. */
  readonly organization?: string;
  readonly decision?: "allow" | "deny";
}

export interface Visit {
  /** The client's redirect URI with what the authorization server added. */
  readonly callback: URL;
  /** The pages that were shown on the way, by their data-page. */
  readonly pages: readonly string[];
}

/** Opens an authorization URL and goes through the pages until the browser would leave for the client. */
export async function signIn(
  authorizationUrl: URL,
  redirectUri: string,
  choices: Choices,
): Promise<Visit> {
  const cookies = new Map<string, string>();
  const pages: string[] = [];
  let request = new Request(authorizationUrl);
  for (let step = 0; step < 20; step += 1) {
    const headers = new Headers(request.headers);
    headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    const response = await fetch(new Request(request, { headers }), { redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ""] = cookie.split(";");
      const cut = pair.indexOf("=");
      cookies.set(pair.slice(0, cut), pair.slice(cut + 1));
    }
    const location = response.headers.get("location");
    if (location !== null) {
      const target = new URL(location, request.url);
      if (target.href.startsWith(redirectUri)) return { callback: target, pages };
      request = new Request(target);
      continue;
    }
    const html = await response.text();
    const page = /<body[^>]*data-page="([^"]+)"/.exec(html)?.[1];
    if (page === undefined || page === "error") {
      throw new Error(`Stopped at ${request.url} (${response.status}): ${textOf(html)}`);
    }
    pages.push(page);
    request = answer(html, request.url, choices, page);
  }
  throw new Error("Too many pages");
}

function answer(html: string, url: string, choices: Choices, page: string): Request {
  const wanted = {
    "sign-in": ["user", choices.user],
    organization: ["organization", choices.organization],
    consent: ["decision", choices.decision ?? "allow"],
  }[page];
  const [name, value] = wanted ?? [];
  if (name === undefined || value === undefined) throw new Error(`No answer to the page ${page}`);
  const form = [...html.matchAll(/<form[^>]*>.*?<\/form>/gs)]
    .map(([text]) => text)
    .find((text) => text.includes(`name="${name}"`) && text.includes(`value="${value}"`));
  if (form === undefined)
    throw new Error(`The page ${page} offers no ${name} ${value}: ${textOf(html)}`);
  const body = new URLSearchParams();
  for (const [input] of form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
    body.set(attribute(input, "name"), attribute(input, "value"));
  }
  body.set(name, value);
  const action = attribute(/<form[^>]*>/.exec(form)?.[0] ?? "", "action");
  return new Request(new URL(action === "" ? url : action, url), { method: "POST", body });
}

function attribute(tag: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? "";
  return value.replaceAll("&amp;", "&").replaceAll("&#39;", "'").replaceAll("&quot;", '"');
}

function textOf(html: string): string {
  return html
    .replace(/<style.*?<\/style>/gs, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 400);
}
