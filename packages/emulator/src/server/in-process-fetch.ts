/**
 * Makes a `fetch` that reaches one server in this process, and no other.
 *
 * Rejects as `fetch` does: with the signal's reason once that is aborted, otherwise with a TypeError whose `cause` has a
 * `code`. Does NOT follow redirects: it returns them, or rejects with `redirect: "error"`.
 */
export function createInProcessFetch(
  serve: (request: Request) => Promise<Response>,
  origins: () => readonly string[],
): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { origin } = new URL(request.url);
    if (!origins().includes(origin)) {
      const message = `The emulator's fetch reaches only ${[...new Set(origins())].join(" and ")}, not ${origin}.`;
      throw new TypeError(message, {
        cause: Object.assign(new Error(message), { code: "ENOTFOUND" }),
      });
    }
    request.signal.throwIfAborted();
    const response = await serve(request).catch((error: unknown) => {
      request.signal.throwIfAborted();
      throw new TypeError("fetch failed", { cause: error });
    });
    if (request.redirect === "error" && response.status >= 300 && response.status < 400) {
      throw new TypeError("fetch failed", { cause: new Error("unexpected redirect") });
    }
    return response;
  };
}
