import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEmulator, EmulatorError, type Emulator } from "../../src/index.js";

const any = fc.anything({ withBigInt: true, withNullPrototype: true, withTypedArray: true });
const NAMES =
  "as organization resource scopes expiresInSeconds client consent claims header seconds minutes keepOld seed issuer " +
  "features webhooks accessTokenLifetimeSeconds status retryAfterSeconds body bytes contentType delayMs redirect " +
  "requests perSeconds users memberships";
const anything = fc.oneof(
  any,
  fc.dictionary(
    fc.constantFrom(...NAMES.split(" ")),
    fc.oneof(any, fc.integer(), fc.array(fc.string())),
  ),
);

/** What a call throws or rejects with, when that is no EmulatorError. */
async function surpriseOf(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error instanceof EmulatorError && error.problems.length > 0 ? undefined : error;
  }
  return undefined;
}

describe("whatever it is given,", () => {
  const emulator = createEmulator({ resource: "https://mcp.example/mcp" });
  it.each<[string, (emulator: Emulator, value: never) => unknown]>([
    ["createEmulator()", (_, value) => createEmulator(value)],
    ["token()", (one, value) => one.token(value)],
    ["machineToken()", (one, value) => one.machineToken(value)],
    ["forgeToken()", (one, value) => one.forgeToken(value)],
    ["signIn()", (one, value) => one.signIn(value)],
    ["fail() of a part", (one, value) => one.fail(value)],
    ["fail() with a fault", (one, value) => one.fail("jwks", value)[Symbol.dispose]()],
    ["recover()", (one, value) => one.recover(value)],
    ["requests()", (one, value) => one.requests(value)],
    ["advance()", (one, value) => one.advance(value)],
    ["rotateKeys()", (one, value) => one.rotateKeys(value)],
  ])("%s succeeds or names the problems", async (_name, call) => {
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        expect(await surpriseOf(() => call(emulator, value as never))).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});
