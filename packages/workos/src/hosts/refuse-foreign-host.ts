import { json, type Answer } from "../guard/answer.js";

/** What a caller gets when the guard cannot judge its request. */
export const FAULT: Answer = json(
  500,
  {
    error: "server_error",
    error_description: "The request could not be judged",
    reason: "internal_fault",
  },
  { "Cache-Control": "no-store" },
);

/** Refuses a request of a host that calls `(request, context)` and goes on unguarded unless it gets a Response. */
export function refuseForeignHost(): void {
  const { body, status, headers } = FAULT;
  return new Response(body, { status, headers }) as unknown as void;
}
