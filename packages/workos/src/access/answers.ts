type Members = Readonly<Record<string, unknown>>;

/** A JSON-RPC response of a request. */
export interface RpcAnswer {
  readonly id: unknown;
  /** Whether it is an error, or the result of a tool that failed (`isError`). */
  readonly isError: boolean;
  readonly message: unknown;
}

/**
 * Reads the JSON-RPC responses in a text, which holds one or a batch.
 *
 * @returns none when it holds none, such as a notification or a request; undefined when it is no JSON.
 */
export function readAnswers(text: string): readonly RpcAnswer[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  return (Array.isArray(parsed) ? (parsed as readonly unknown[]) : [parsed]).flatMap((message) => {
    if (!isObject(message) || "method" in message) return [];
    const { id, result, error } = message;
    if (result === undefined && error === undefined) return [];
    const isError = error !== undefined || (isObject(result) && result["isError"] === true);
    return [{ id, isError, message }];
  });
}

/** Why a successful answer is withheld. */
export type Withholding =
  /** The code of the server has a mistake. */
  | "fault"
  /** Another message of its batch was denied, and which code belongs to which message cannot be found out. */
  | "batch";

/** Internal error (JSON-RPC 2.0 §5.1). */
const INTERNAL_ERROR = -32_603;

/** Writes the error that takes the place of a withheld result. */
export function withheldAnswer(id: unknown, why: Withholding): object {
  const data = { reason: why === "fault" ? "answer_withheld" : "batch_denied" };
  return {
    jsonrpc: "2.0",
    id: id ?? null,
    error: { code: INTERNAL_ERROR, message: MESSAGES[why], data },
  };
}

/** What the caller of a withheld answer is told. */
export const MESSAGES: Readonly<Record<Withholding, string>> = {
  fault:
    "The server answered before it had decided whether you may have this answer, so it is withheld. The server's operator finds the cause in its log",
  batch:
    "Another message of this batch was denied, so this one is not answered. Send each message on its own",
};

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
