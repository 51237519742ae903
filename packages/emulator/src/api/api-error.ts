/** One field that did not pass, as WorkOS reports it. */
export interface FieldError {
  readonly field: string;
  readonly code: string;
}

/** An error in the body that WorkOS's SDKs read: `message`, and `code` and `errors` where there are any. */
export function apiError(
  status: number,
  message: string,
  details: {
    readonly code?: string;
    readonly errors?: readonly FieldError[];
    readonly entity_id?: string;
  } = {},
): Response {
  return Response.json({ message, ...details }, { status });
}

export function notFound(kind: string, id: string): Response {
  return apiError(404, `${kind} not found: '${id}'.`, { code: "entity_not_found", entity_id: id });
}

export function unprocessable(message: string, errors: readonly FieldError[]): Response {
  return apiError(422, message, { code: "invalid_request_parameters", errors });
}
