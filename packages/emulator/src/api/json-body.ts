import { readBoundedBody } from "../http/bounded-body.js";

const bodyLimit = 256 * 1024;

/** Reads a JSON object from a request, within a bound; anything else is `undefined`. */
export async function readJsonBody(
  request: Request,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const body = await readBoundedBody(request, bodyLimit);
  if (!body.ok) return undefined;
  try {
    const value: unknown = JSON.parse(body.text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
