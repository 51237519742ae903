import { readBoundedBody } from "../http/bounded-body.js";
import { readMediaType } from "../http/media-type.js";
import { accept, refuse, type OAuthResult } from "./oauth-error.js";

const formLimit = 64 * 1024;

/** Request parameters of which each occurs once; an empty value counts as left out (RFC 6749 section 3.1). */
export interface Parameters {
  get(name: string): string | undefined;
  /** Every value of a parameter that may repeat: only `resource` may (RFC 8707 section 2). */
  all(name: string): readonly string[];
}

/** The names that occur more than once and must not: RFC 6749 sections 3.1 and 3.2 forbid it for all they define. */
export function repeatedNames(search: URLSearchParams): readonly string[] {
  const names = [...search.keys()];
  return [
    ...new Set(names.filter((name, index) => name !== "resource" && names.indexOf(name) !== index)),
  ];
}

export function readParameters(search: URLSearchParams): Parameters {
  const all = (name: string): readonly string[] =>
    search.getAll(name).filter((value) => value !== "");
  return { get: (name) => all(name)[0], all };
}

/** Reads a form body (RFC 6749 appendix B): checks the media type, the size and that no parameter repeats. */
export async function readForm(request: Request): Promise<OAuthResult<Parameters>> {
  if (readMediaType(request) !== "application/x-www-form-urlencoded") {
    return refuse("invalid_request", "The body must be application/x-www-form-urlencoded.");
  }
  const body = await readBoundedBody(request, formLimit);
  if (!body.ok) return refuse("invalid_request", "The body is too large.");
  const search = new URLSearchParams(body.text);
  if (repeatedNames(search).length > 0)
    return refuse("invalid_request", "A parameter occurs more than once.");
  return accept(readParameters(search));
}
