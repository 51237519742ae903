/** The head of an answer, until it has been sent. */
export interface AnswerHead {
  readonly status: number;
  /** Whether the status and the header fields are on their way and cannot be changed any more. */
  readonly isSent: boolean;
  getHeader(name: string): string | undefined;
  setHeader(name: string, value: string): void;
  removeHeader(name: string): void;
  /** Makes it the head of a 500 with JSON, and takes off what described the former body. */
  replaceBy500(): void;
}

/** Takes the bytes of a body and gives what is sent, some of it later. */
export interface BodyPipe {
  readonly write: (bytes: Uint8Array) => string | Uint8Array;
  readonly end: () => string | Uint8Array;
}

/**
 * One request and its answer, as a host lends them to an exchange: what `exchange/` needs of HTTP, and all of it.
 *
 * A host decides nothing: it reads a request, gives it to {@link Exchange.begin}, and does what that returns.
 */
export interface Host {
  /** Whether the client has left, as far as the host can tell. */
  readonly isGone: () => boolean;
  /** The request's header fields in lower case; read only when an observer has a scope for requests. */
  readonly headers: () => Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly head: AnswerHead;
  /** Takes off the request the caller's credential, and all else that a tool could mistake for the caller's identity. */
  readonly withholdCredentials: () => void;
  /** Calls this once, when the answer has ended: whole, or because the client left. Called at most once. */
  readonly onEnd: (run: (isComplete: boolean) => void) => void;
  /**
   * Makes every function that writes the answer pass where {@link Host.rewriteBody} reaches it later, whenever code
   * takes a reference to it. Called once, before what is behind the guard runs.
   */
  readonly interceptBody: () => void;
  /** Whether the answer has ended, so that no byte of it can be changed any more. */
  readonly hasEnded: () => boolean;
  /**
   * Passes whatever is written from here on through a pipe. `choose` is called once, when the body begins, or when it
   * ends without a byte; without a pipe the rest passes as it is.
   */
  readonly rewriteBody: (choose: (hasBody: boolean) => BodyPipe | undefined) => void;
  /** Asks what is behind the guard for a body without encoding; returns what undoes it. */
  readonly requestPlainBody: () => () => void;
  /** Ends the answer where it is, as a stream that ends. */
  readonly endStream: () => void;
  /** Cuts the answer off, so that its client cannot take it for whole. */
  readonly cutOff: () => void;
}
