import { createHash, randomBytes } from "node:crypto";
import type { Emulator } from "../../src/index.js";

/** A page as a plain HTTP client sees it. */
export interface Page {
  readonly status: number;
  readonly name: string | undefined;
  readonly markup: string;
  readonly location: string | undefined;
  readonly headers: Headers;
}

/** A browser without JavaScript: keeps cookies, posts forms, does not follow redirects. */
export class Browser {
  readonly cookies: Map<string, string> = new Map();
  page: Page = {
    status: 0,
    name: undefined,
    markup: "",
    location: undefined,
    headers: new Headers(),
  };
  readonly #emulator: Emulator;

  constructor(emulator: Emulator) {
    this.#emulator = emulator;
  }

  async open(path: string): Promise<Page> {
    return this.#send(new Request(new URL(path, this.#emulator.url), { headers: this.#headers() }));
  }

  /** Posts the first form of the page with its hidden fields and `fields`. */
  async submit(fields: Record<string, string>): Promise<Page> {
    const form = /<form method="post" action="([^"]+)">([\s\S]*?)<\/form>/u.exec(this.page.markup);
    if (form === null) throw new Error(`There is no form on this page:\n${this.page.markup}`);
    return this.post(form[1] ?? "", { ...hiddenFields(form[2] ?? ""), ...fields });
  }

  async post(path: string, fields: Record<string, string>): Promise<Page> {
    return this.#send(
      new Request(new URL(path, this.#emulator.url), {
        method: "POST",
        headers: { ...this.#headers(), "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams(fields).toString(),
      }),
    );
  }

  #headers(): Record<string, string> {
    return { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ") };
  }

  async #send(request: Request): Promise<Page> {
    const response = await this.#emulator.fetch(request);
    for (const cookie of response.headers.getSetCookie()) {
      const [name = "", value = ""] = (cookie.split(";")[0] ?? "").split("=");
      this.cookies.set(name, value);
    }
    const markup = await response.text();
    this.page = {
      status: response.status,
      name: /<body data-page="([^"]+)">/u.exec(markup)?.[1],
      markup,
      location: response.headers.get("location") ?? undefined,
      headers: response.headers,
    };
    return this.page;
  }
}

export function hiddenFields(markup: string): Record<string, string> {
  const fields = [...markup.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/gu)];
  return Object.fromEntries(fields.map(([, name = "", value = ""]) => [name, value]));
}

export interface Pkce {
  readonly verifier: string;
  readonly challenge: string;
}

export function createPkce(): Pkce {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}
