import { WorkOS, type User } from "@workos-inc/node";

export type { User, WorkOS };

/** How to reach the WorkOS API. */
export interface ApiAccess {
  readonly apiKey: string;
  readonly clientId: string;
  readonly apiUrl: URL;
  readonly fetch: typeof globalThis.fetch;
  /** For calls that hold up a request: a short wait. */
  readonly isImpatient?: boolean;
}

/** The SDK's client, in every build with the `fetch` and the timeout it is given: those for Workers and the edge drop both (11.0.0). */
class BoundClient extends WorkOS {
  override createHttpClient(
    ...[options, userAgent]: Parameters<WorkOS["createHttpClient"]>
  ): ReturnType<WorkOS["createHttpClient"]> {
    const client = super.createHttpClient(options, userAgent);
    const { timeout, fetchFn } = options;
    const Client = client.constructor as new (
      baseURL: string,
      options: object,
      fetch: typeof fetchFn,
    ) => typeof client;
    return new Client(client.baseURL, { ...client.options, timeout }, fetchFn);
  }
}

/** Longest wait for an answer of the API, retries included, in milliseconds; the SDK's own is a minute for each. */
const TIMEOUT = 10_000;
const SHORT_TIMEOUT = 2_500;

/**
 * Makes the WorkOS SDK client, once, when it is first asked for.
 *
 * The SDK does not retry: the given `fetch` does (see `createApiFetch()`), within the client's timeout. No call follows
 * a redirect. Does NOT check that the API key is good: the first call does.
 */
export function createClient({
  apiKey,
  clientId,
  apiUrl,
  fetch,
  isImpatient = false,
}: ApiAccess): () => WorkOS {
  let client: WorkOS | undefined;
  return () =>
    (client ??= new BoundClient(apiKey, {
      clientId,
      apiHostname: apiUrl.hostname,
      https: apiUrl.protocol === "https:",
      ...(apiUrl.port === "" ? {} : { port: Number(apiUrl.port) }),
      // The environment's key is for the API alone, wherever it redirects to.
      fetchFn: (input, init) => fetch(input, { ...init, redirect: "manual" }),
      timeout: isImpatient ? SHORT_TIMEOUT : TIMEOUT,
      maxRetries: 0,
    }));
}
