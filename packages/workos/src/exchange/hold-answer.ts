import { MESSAGES, readAnswers, withheldAnswer, type RpcAnswer } from "../access/answers.js";
import type { CheckFault, OpenChecks } from "../session/open-checks.js";
import { createEventStreamRewriter } from "../standards/event-stream.js";
import type { AnswerHead, BodyPipe, Host } from "./host.js";

/** What {@link holdAnswer} needs beside the response. */
export interface HoldAnswerOptions {
  readonly checks: OpenChecks;
  /** How many requests the body of the request holds: each has an answer of its own. */
  readonly requests: number;
  /** Receives why an answer was withheld, once. */
  readonly report: (fault: CheckFault) => void;
}

/**
 * Withholds the successful answer of a request whose code has not awaited, or not obeyed, what it asked about its
 * caller's access: a 500, or in an event stream a JSON-RPC error in the place of the result.
 *
 * Called when the code first asks, so that other requests pay little. Errors pass as they are: they disclose nothing
 * that was guarded. Of a batch nothing is sent before all is answered, since which code belongs to which message cannot
 * be found out; then one denial withholds every success, as one denial of the access map does. Notifications in a
 * stream pass at once. A response of which bytes were sent before is cut off.
 */
export function holdAnswer(
  { head, rewriteBody, cutOff, isGone }: Pick<Host, "head" | "rewriteBody" | "cutOff" | "isGone">,
  { checks, requests, report }: HoldAnswerOptions,
): void {
  let isReported = false;
  const withhold = (fault: CheckFault): void => {
    if (!isReported) report(fault);
    isReported = true;
  };
  const noteAnswer = (): void => {
    // Nothing is sent to a client that has left.
    if (!isGone()) checks.noteAnswer();
  };
  const options = { checks, requests, withhold, noteAnswer };
  rewriteBody(() => {
    const isStream = (head.getHeader("content-type") ?? "")
      .toLowerCase()
      .startsWith("text/event-stream");
    const isEncoded = (head.getHeader("content-encoding") ?? "identity") !== "identity";
    const isFixed = head.isSent && (!isStream || head.getHeader("content-length") !== undefined);
    if (isStream && !isEncoded && !isFixed) {
      if (!head.isSent) head.removeHeader("Content-Length");
      return streamPipe(options);
    }
    if (isStream || isFixed) return cuttingPipe(cutOff, options);
    if (head.status >= 400) return undefined;
    const fault = checks.fault();
    if (fault !== undefined) return wholePipe(head, fault, isEncoded, options);
    noteAnswer();
    return undefined;
  });
}

interface PipeOptions extends Pick<HoldAnswerOptions, "checks" | "requests"> {
  readonly withhold: (fault: CheckFault) => void;
  /** Notes that the answer is sent. */
  readonly noteAnswer: () => void;
}

/** Of an answer that is not a stream, and is at fault: passes it if it is an error. */
function wholePipe(
  head: AnswerHead,
  fault: CheckFault,
  isEncoded: boolean,
  { withhold }: PipeOptions,
): BodyPipe {
  const held: Uint8Array[] = [];
  return {
    write: (bytes) => {
      held.push(new Uint8Array(bytes));
      return "";
    },
    end: () => {
      const body = concat(held);
      const answers = (isEncoded ? undefined : readAnswers(DECODER.decode(body))) ?? [];
      const errors = answers.filter(({ isError }) => isError);
      if (answers.length > 0 && errors.length === answers.length) return body;
      if (fault.isDenial && errors.length > 0) return JSON.stringify(answers.map(toBatchAnswer));
      withhold(fault);
      head.replaceBy500();
      return WITHHELD;
    },
  };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function toBatchAnswer({ id, isError, message }: RpcAnswer): unknown {
  return isError ? message : withheldAnswer(id, "batch");
}

/** Of an event stream: each result on its own, or those of a batch together. */
function streamPipe({ checks, requests, withhold, noteAnswer }: PipeOptions): BodyPipe {
  const decoder = new TextDecoder();
  let held: RpcAnswer[] = [];

  const judge = (answers: readonly RpcAnswer[]): readonly unknown[] => {
    const errors = answers.filter(({ isError }) => isError);
    const fault = errors.length === answers.length ? undefined : checks.fault();
    if (fault === undefined) {
      if (errors.length < answers.length) noteAnswer();
      return answers.map(({ message }) => message);
    }
    if (fault.isDenial && errors.length > 0) return answers.map(toBatchAnswer);
    withhold(fault);
    return answers.map((one) => (one.isError ? one.message : withheldAnswer(one.id, "fault")));
  };
  /** Gives what was held as events of their own. */
  const release = (): string => {
    const released = judge(held).map((message) => `data: ${JSON.stringify(message)}\n\n`);
    held = [];
    return released.join("");
  };
  const rewriter = createEventStreamRewriter((data) => {
    const answers = readAnswers(data) ?? [];
    if (answers.length === 0) return data;
    if (requests > 1) {
      held.push(...answers);
      // An event without data is none (HTML Living Standard §9.2.6).
      return "";
    }
    const judged = judge(answers);
    const isUnchanged = judged.every((message, index) => message === answers[index]?.message);
    return isUnchanged ? data : JSON.stringify(judged.length === 1 ? judged[0] : judged);
  });
  return {
    write: (bytes) => {
      const text = rewriter.write(decoder.decode(bytes, { stream: true }));
      return held.length > 0 && held.length >= requests ? text + release() : text;
    },
    end: () => {
      const text = rewriter.write(decoder.decode()) + rewriter.end();
      return held.length === 0 ? text : text + release();
    },
  };
}

/** Of an answer that cannot be read or replaced any more: cuts it off as soon as it is at fault. */
function cuttingPipe(cutOff: () => void, { checks, withhold, noteAnswer }: PipeOptions): BodyPipe {
  const pass = (bytes: Uint8Array): Uint8Array | string => {
    const fault = checks.fault();
    noteAnswer();
    if (fault === undefined) return bytes;
    withhold(fault);
    cutOff();
    return "";
  };
  return {
    write: (bytes) => pass(bytes),
    end: () => pass(new Uint8Array()),
  };
}

/** Keeps a byte order mark, which makes it no JSON. */
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

const WITHHELD = JSON.stringify({
  error: "server_error",
  error_description: MESSAGES.fault,
  reason: "answer_withheld",
});
