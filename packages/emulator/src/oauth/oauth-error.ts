/** The error codes this server uses: RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750, RFC 7591, RFC 8707, OpenID Connect. */
export type OAuthErrorCode =
  | "access_denied"
  | "insufficient_scope"
  | "invalid_client"
  | "invalid_client_metadata"
  | "invalid_grant"
  | "invalid_redirect_uri"
  | "invalid_request"
  | "invalid_scope"
  | "invalid_target"
  | "invalid_token"
  | "login_required"
  | "request_not_supported"
  | "request_uri_not_supported"
  | "unauthorized_client"
  | "unsupported_grant_type"
  | "unsupported_response_type";

/** A refusal: the code a client acts on, and a sentence for the developer that repeats nothing the client sent. */
export interface OAuthRefusal {
  readonly ok: false;
  readonly error: OAuthErrorCode;
  readonly description: string;
}

export type OAuthResult<Value> = { readonly ok: true; readonly value: Value } | OAuthRefusal;

export function refuse(error: OAuthErrorCode, description: string): OAuthRefusal {
  return { ok: false, error, description };
}

export function accept<Value>(value: Value): OAuthResult<Value> {
  return { ok: true, value };
}

// RFC 6749 section 5.1 asks for both on every response that carries a token or a credential.
const noStore: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  Pragma: "no-cache",
};

/** A JSON answer that no cache may keep. */
export function privateJson(
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json(body, { status, headers: { ...noStore, ...headers } });
}

/** A refusal in the form of RFC 6749 section 5.2 (RFC 7591 section 3.2.2 has the same). */
export function refusalResponse(
  refusal: OAuthRefusal,
  options: { status?: number; headers?: Readonly<Record<string, string>> } = {},
): Response {
  const body = { error: refusal.error, error_description: refusal.description };
  return privateJson(body, options.status ?? 400, options.headers);
}
