import type { StandardSchema } from "../../src/standards/standard-schema.js";

/** A schema that finds fault with these places of every token. */
export function schemaThatRefuses(...paths: readonly (readonly PropertyKey[])[]): StandardSchema {
  return {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: () => ({ issues: paths.map((path) => ({ message: "no", path })) }),
    },
  };
}
