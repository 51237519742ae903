import type { ConfigurationError } from "../../src/index.js";
import type { Persona } from "../../src/testing.js";

export const ORGANIZATION = "org_01ACME";
export const LEAD: Persona = {
  id: "user_01GRACE",
  organizationId: ORGANIZATION,
  roles: ["lead"],
  permissions: ["notes:read"],
  featureFlags: ["summaries"],
  scopes: ["tickets"],
};

/** What a function throws, at once or by its promise. */
export async function thrownBy(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The code of an error, and the paths of its problems. */
export const pathsOf = (error: unknown): unknown => [
  (error as ConfigurationError | undefined)?.code,
  (error as ConfigurationError | undefined)?.problems?.map(({ path }) => path),
];
