import { inspect } from "node:util";
import { EmulatorError, toSentences } from "../emulator-error.js";
import { readObject, type FieldProblem, type FieldReader } from "../input/field-reader.js";
import { suggest } from "../input/nearest.js";
import type { KnownFault } from "./fault.js";
import { faultTargets, type FaultTarget } from "./fault-target.js";

/** A fault that some requests pass. */
export interface RateLimit {
  readonly kind: "rate-limit";
  readonly requests: number;
  readonly perSeconds: number;
}

const FAULT_NAMES = ["down", "hang"] as const;

/** The member that distinguishes the faults with members; `body` and `redirect` come before `status`, which they may have. */
const readers: Readonly<Record<string, (reader: FieldReader) => KnownFault | RateLimit>> = {
  body: (reader) => ({
    kind: "body",
    body: reader.optionalValue("body", isString, "a text") ?? "",
    contentType:
      reader.optionalValue("contentType", isFieldValue, FIELD_VALUE) ?? "application/json",
    status: readStatus(reader) ?? 200,
  }),
  redirect: (reader) => ({
    kind: "redirect",
    location: reader.value("redirect", isFieldValue, FIELD_VALUE) ?? "",
    status: readStatus(reader) ?? 302,
  }),
  bytes: (reader) => ({ kind: "bytes", bytes: readCount(reader, "bytes") }),
  delayMs: (reader) => ({ kind: "delay", ms: readCount(reader, "delayMs") }),
  requests: readRateLimit,
  perSeconds: readRateLimit,
  status: (reader) => {
    const retryAfterSeconds = reader.optionalValue("retryAfterSeconds", isCount, COUNT);
    return {
      kind: "status",
      status: readStatus(reader) ?? 500,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    };
  },
};

const COUNT = "a whole number of 0 or more";
const FIELD_VALUE = "a text that a header field can hold: visible ASCII characters and blanks";

/** Checks the name of a part. @throws {EmulatorError} with the known ones. */
export function readTarget(value: unknown): FaultTarget {
  const target = faultTargets.find((known) => known === value);
  if (target !== undefined) return target;
  const message = `The emulator has no part ${shown(value)}.${suggest(shown(value), faultTargets)}`;
  throw new EmulatorError("invalid_argument", [{ path: "target", message }]);
}

/** Checks a fault. @throws {EmulatorError} with the known ones, or with what is wrong with its members. */
export function readFault(value: unknown): KnownFault | RateLimit {
  const name = FAULT_NAMES.find((known) => known === value);
  if (name !== undefined) return { kind: name };
  const isObject = typeof value === "object" && value !== null;
  const key = isObject
    ? Object.keys(readers).find((known) => Object.hasOwn(value, known))
    : undefined;
  const read = key === undefined ? undefined : readers[key];
  if (read === undefined) {
    const members = Object.keys(readers).filter((one) => !["requests", "perSeconds"].includes(one));
    const known = [
      ...FAULT_NAMES,
      ...members.map((one) => `{ ${one} }`),
      "{ requests, perSeconds }",
    ];
    const message = `There is no fault ${shown(value)}.${suggest(shown(value), known)}`;
    throw new EmulatorError("invalid_argument", [{ path: "fault", message }]);
  }
  const problems: FieldProblem[] = [];
  const fault = readObject(
    value,
    { path: "fault", kind: "a member of this fault", problems },
    read,
  );
  if (problems.length === 0) return fault;
  throw new EmulatorError("invalid_argument", toSentences(problems, "fault"));
}

function readRateLimit(reader: FieldReader): RateLimit {
  return {
    kind: "rate-limit",
    requests: readCount(reader, "requests"),
    perSeconds: reader.value("perSeconds", isAboveZero, "a number of seconds above 0") ?? 1,
  };
}

function readStatus(reader: FieldReader): number | undefined {
  return reader.optionalValue("status", isStatus, "an HTTP status from 200 to 599");
}

function readCount(reader: FieldReader, name: string): number {
  return reader.value(name, isCount, COUNT) ?? 0;
}

function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0;
}

function isAboveZero(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value > 0;
}

/** Whether a header field can hold it (RFC 9110 §5.5); what it cannot would come out as another fault. */
function isFieldValue(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/.test(value);
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

/** Shows a value as it was likely written; of an object only the names. */
function shown(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  return typeof value === "object" && value !== null
    ? `{ ${Object.keys(value).join(", ")} }`
    : inspect(value);
}
