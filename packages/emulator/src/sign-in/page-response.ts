import { createHash } from "node:crypto";
import { markup, type Markup } from "./markup.js";
import { style } from "./style.js";

export type PageName = "sign-in" | "organization" | "consent" | "error";

const styleHash = createHash("sha256").update(style).digest("base64");

/**
 * Wraps a page's content and sends it with headers under which it can load nothing, be framed by no site and be kept
 * by no cache.
 *
 * `formTarget` is the redirect URI that the page's form leads to in the end: browsers apply `form-action` to the
 * redirect that answers a form as well.
 */
export function pageResponse(page: {
  readonly name: PageName;
  readonly title: string;
  readonly content: Markup;
  readonly status?: number;
  readonly formTarget?: string;
  readonly cookie?: string;
}): Response {
  const document = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${page.title}</title>
<style>${{ html: style }}</style>
</head>
<body data-page="${page.name}">
<main>
${page.content}
</main>
<footer><b>Local AuthKit emulator:</b> not for production. No password is checked here.</footer>
</body>
</html>
`;
  const formSources =
    page.formTarget === undefined ? "'self'" : `'self' ${formActionSource(page.formTarget)}`;
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    `form-action ${formSources}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");
  return new Response(document.html, {
    status: page.status ?? 200,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy,
      "Cache-Control": "no-store",
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
      "X-Frame-Options": "DENY",
      ...(page.cookie === undefined ? {} : { "Set-Cookie": page.cookie }),
    },
  });
}

// A host source is letters, digits, "-" and "." (CSP 3 section 2.3.1): it cannot spell an IPv6 address, nor a scheme
// without hosts, and anything else could end the directive. There the scheme alone has to do.
function formActionSource(redirectUri: string): string {
  const { protocol, hostname, origin } = new URL(redirectUri);
  const isWeb = protocol === "https:" || protocol === "http:";
  return isWeb && /^[a-z0-9.-]+$/u.test(hostname) ? origin : protocol;
}
