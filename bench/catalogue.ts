import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Something that is measured: a file in `targets/` and what its user installs and imports. */
export interface Target {
  readonly name: string;
  /** The packages whose versions say what was measured. */
  readonly packages: readonly string[];
  /** What a server imports for it. */
  readonly imports: readonly string[];
}

export const catalogue: readonly Target[] = [
  { name: "bare", packages: ["express"], imports: [] },
  { name: "ours", packages: ["@xmcp-dev/workos"], imports: ["@xmcp-dev/workos"] },
  {
    name: "sdk-v1",
    packages: ["@modelcontextprotocol/sdk", "jose"],
    imports: ["@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js", "jose"],
  },
  {
    name: "sdk-v2",
    packages: ["@modelcontextprotocol/server", "jose"],
    imports: ["@modelcontextprotocol/express", "jose"],
  },
  { name: "better-auth", packages: ["better-auth"], imports: ["better-auth/oauth2"] },
  { name: "mcp-use", packages: ["mcp-use"], imports: ["mcp-use/oauth", "mcp-use/oauth/workos"] },
  { name: "skybridge", packages: ["skybridge"], imports: ["skybridge/server"] },
  { name: "mcp-auth", packages: ["mcp-auth"], imports: ["mcp-auth"] },
  { name: "fastmcp", packages: ["fastmcp"], imports: ["fastmcp/auth"] },
  {
    name: "express-oauth2-jwt-bearer",
    packages: ["express-oauth2-jwt-bearer"],
    imports: ["express-oauth2-jwt-bearer"],
  },
  { name: "xmcp-plugin", packages: [], imports: [] },
];

/** The versions that are installed, as `name version`. */
export function versionsOf({ name, packages }: Target, pluginFolder: string | undefined): string {
  if (name === "xmcp-plugin" && pluginFolder !== undefined) return described(pluginFolder);
  return packages
    .map((one) =>
      [
        join(import.meta.dirname, "node_modules", one),
        join(import.meta.dirname, "../node_modules", one),
      ]
        .filter((folder) => existsSync(folder))
        .map(described)
        .slice(0, 1)
        .join(""),
    )
    .join(", ");
}

function described(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
  };
  return `${name} ${version}`;
}
