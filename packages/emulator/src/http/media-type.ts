/** The media type of a message in lower case and without its parameters (RFC 9110 section 8.3.1), or "" when it has none. */
export function readMediaType(message: { readonly headers: Headers }): string {
  const [type = ""] = (message.headers.get("content-type") ?? "").split(";");
  return type.trim().toLowerCase();
}
