import { findAnswerForm } from "./answer-forms.js";
import { UnusableAnswerError } from "./failure.js";

type Fetch = typeof globalThis.fetch;

/**
 * Wraps `fetch` so that it returns only answers that WorkOS itself may have given.
 *
 * Follows no redirect: the API has none, and whatever stands in its place would be sent the environment's key. The
 * body of a 2xx answer that decides about access is checked against its form (see `answer-forms.ts`), because the SDK
 * turns any body into an answer; so is that of a 404 to the same question. Rejects with an {@link UnusableAnswerError}, which quotes nothing of the answer.
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
    const isAbsence = status === 404;
    const expected =
      response.ok || isAbsence ? findAnswerForm(methodOf(input, init), pathname) : undefined;
    if (expected === undefined) return response;
    const body = await response.text();
    if (isAbsence) {
      // Any router answers 404; WorkOS's own has a code.
      if (typeof (parse(body) as { code?: unknown } | null | undefined)?.code !== "string") {
        throw new UnusableAnswerError(status, "without the code of an error of WorkOS");
      }
    } else if (!isJson(headers) || !expected.form(parse(body))) {
      throw new UnusableAnswerError(status, `with something else than ${expected.what}`);
    }
    return new Response(body, { status, statusText, headers });
  };
}

/** Returns the method of a call to `fetch`, in upper case. */
export function methodOf(input: Parameters<Fetch>[0], init: RequestInit | undefined): string {
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
