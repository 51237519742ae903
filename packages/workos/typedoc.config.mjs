import { readFileSync } from "node:fs";

const { exports } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));

export default {
  entryPoints: Object.values(exports).flatMap(({ types }) =>
    types === undefined ? [] : [types.replace("dist/", "src/").replace(".d.ts", ".ts")],
  ),
  // Helpers: what they come to is documented where they are used.
  intentionallyNotExported: ["AnyOf", "ByName", "RegisteredName", "Some"],
};
