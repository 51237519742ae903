import { readFileSync } from "node:fs";

const manifest = readFileSync(new URL("package.json", import.meta.url), "utf8");
const { exports } = /** @type {{ exports: Record<string, { types?: string }> }} */ (
  JSON.parse(manifest)
);

export default {
  entryPoints: Object.values(exports).flatMap(({ types }) =>
    types === undefined ? [] : [types.replace("dist/", "src/").replace(".d.ts", ".ts")],
  ),
  // Helpers: what they come to is documented where they are used.
  intentionallyNotExported: ["AnyOf", "ByName", "RegisteredName", "Some"],
};
