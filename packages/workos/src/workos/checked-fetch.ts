import { findAnswerForm } from "./answer-forms.js";
import { UnusableAnswerError } from "./failure.js";
import { either, errorCode, object, some, type Form } from "./form.js";

type Fetch = typeof globalThis.fetch;

/**
 * Wraps `fetch` so that it returns only answers that WorkOS itself may have given.
 *
 * Follows no redirect: the API has none, and whatever stands in its place would be sent the environment's key. The
 * body of a 2xx answer that decides about access is checked against its form (see `answer-forms.ts`), because the SDK
 * turns any body into an answer; so is that of a 400, 404 or 422 to the same question, which means that there is no such
 * thing. Rejects with an {@link UnusableAnswerError}, which quotes nothing of the answer.
 * Does NOT check the bodies of other errors, nor those of calls that decide nothing.
 */
export function createCheckedFetch(fetch: Fetch): Fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: "manual" });
    const { status, statusText, headers } = response;
    if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
      await response.body?.cancel();
      throw new UnusableAnswerError(status, "a redirect, which is not followed");
    }
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const isRefusal = REFUSALS.has(status);
    const expected =
      response.ok || isRefusal ? findAnswerForm(readMethod(input, init), pathname) : undefined;
    if (expected === undefined) return response;
    if (expected.isRefusalHarmless === true && isRefusal && status !== 404) return response;
    const body = await response.text();
    if (isRefusal) {
      // Any router answers 404, and any firewall 400 or 422; WorkOS's own has a code.
      if (!isWorkOSError(parse(body))) {
        throw new UnusableAnswerError(status, "without the code of an error of WorkOS");
      }
    } else if (!isJson(headers) || !expected.form(parse(body))) {
      throw new UnusableAnswerError(status, `with something else than ${expected.what}`);
    }
    return new Response(body, { status, statusText, headers });
  };
}

/** What WorkOS answers when it knows no such thing, or does not take it for one. */
const REFUSALS: ReadonlySet<number> = new Set([400, 404, 422]);

/** An error of WorkOS, by its code or by those of the parameters that it refuses. */
const isWorkOSError: Form = either(
  object({ code: errorCode }),
  object({ errors: some(object({ code: errorCode })) }),
);

/** Returns the method of a call to `fetch`, in upper case. */
export function readMethod(input: Parameters<Fetch>[0], init: RequestInit | undefined): string {
  return (init?.method ?? (input instanceof Request ? input.method : "GET")).toUpperCase();
}

/** As the SDK decides it, which takes any other answer for null. */
function isJson(headers: Headers): boolean {
  return headers.get("content-type")?.includes("application/json") === true;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
