import { isAllowedRedirectUri } from "../http/redirect-uri.js";
import { isLoopbackHost } from "../http/loopback.js";
import type { TextRule } from "../input/field-reader.js";

/** WorkOS identifiers: a prefix and upper-case letters and digits. */
export function identifierRule(prefix: string): TextRule {
  const pattern = new RegExp(`^${prefix}_[0-9A-Z]+$`, "u");
  return {
    expected: `an identifier such as ${prefix}_01… (capital letters and digits after the prefix)`,
    matches: (text) => pattern.test(text),
  };
}

export const emailRule: TextRule = {
  expected: "an e-mail address",
  matches: (text) => /^[^\s@]+@[^\s@]+$/u.test(text),
};

export const slugRule: TextRule = {
  expected: "a slug: lower-case letters, digits and : . _ -",
  matches: (text) => /^[a-z0-9][a-z0-9:._-]*$/u.test(text),
};

/** RFC 6749 section 3.3: a scope has no space, quote or backslash. */
export const scopeRule: TextRule = {
  expected: "a scope (RFC 6749 section 3.3)",
  matches: (text) => /^[\x21\x23-\x5b\x5d-\x7e]+$/u.test(text),
};

/** RFC 8707 section 2: an absolute URI without a fragment. */
export const resourceRule: TextRule = {
  expected: "an absolute URI without a fragment",
  matches: (text) => URL.canParse(text) && !text.includes("#"),
};

export const redirectUriRule: TextRule = {
  expected:
    "an https URI, a loopback http URI or a private-use scheme such as com.example.app:/, without a fragment",
  matches: isAllowedRedirectUri,
};

export const apiKeyRule: TextRule = {
  expected: "an API key that starts with sk_",
  matches: (text) => /^sk_[0-9A-Za-z_]+$/u.test(text),
};

/** An emulator posts events to this machine only. */
export const webhookUrlRule: TextRule = {
  expected: "http on loopback",
  matches(text) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url?.protocol === "http:" && isLoopbackHost(url.hostname);
  },
};

export const webhookSecretRule: TextRule = {
  expected: "a text of eight characters or more",
  matches: (text) => text.length >= 8,
};
