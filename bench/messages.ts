import type { JWK } from "jose";

/** What the bench asks a server process. */
export type ServerRequest =
  /** CPU time that the process has used, in microseconds. */
  | { readonly kind: "cpu" }
  /** Memory after a full collection, in bytes. */
  | { readonly kind: "memory" }
  /** Moves the clock to this many milliseconds ahead of the real one. */
  | { readonly kind: "clock"; readonly ahead: number }
  /** Presents tokens to the app inside the process: `tokens` as they are, then `forged` made from the first. */
  | {
      readonly kind: "present";
      readonly tokens: readonly string[];
      readonly forged: number;
      readonly milliseconds: number;
    }
  /** Presents one token so often, inside the process as well, one request at a time. */
  | { readonly kind: "repeat"; readonly token: string; readonly times: number }
  | { readonly kind: "profile"; readonly file: string | undefined };

/** How the issuer behaves towards one tenant. */
export interface Behaviour {
  /** `down` refuses connections, `hanging` accepts them and says nothing. */
  readonly mode: "up" | "down" | "hanging";
  /** Milliseconds before an answer. */
  readonly latency: number;
  readonly keys: readonly JWK[];
}

/** What the bench asks the issuer process. Every tenant has a port, and so an issuer, of its own. */
export type IssuerRequest =
  | { readonly kind: "open"; readonly behaviour: Behaviour }
  | { readonly kind: "behave"; readonly port: number; readonly behaviour: Behaviour }
  /** How often the tenant's key set was read since this was last asked. */
  | { readonly kind: "fetches"; readonly port: number };

/** A numbered request, or the answer to it. */
export interface Numbered<T> {
  readonly id: number;
  readonly body: T;
}

/** Answers every request that the parent process sends. */
export function answerParent(answer: (request: never) => unknown): void {
  process.on("message", (message: Numbered<never>) => {
    const reply = (body: unknown): void => {
      process.send?.({ id: message.id, body });
    };
    Promise.resolve()
      .then(() => answer(message.body))
      .then(reply, (error: unknown) => {
        reply({ error: String(error) });
      });
  });
  // No process is left to ask when the parent is gone.
  process.on("disconnect", () => process.exit(0));
}
