import type { AppFiles, RunningApp } from "./app.ts";

/** Writes a line whenever something of the server runs, so that what must not run can be counted. */
const mark = (what: string): string => `console.log("RAN ${what}");`;

function tool(name: string, body: string, extra = ""): readonly [string, string] {
  const source = `
import { getAccess, getCaller, getSession } from "@xmcp-dev/workos";
${extra}
export const metadata = { name: "${name}", description: "For the tests", ...more };
export default async function handler(args: Record<string, unknown>) {
  ${mark(name)}
  ${body}
}
`;
  return [`src/tools/${name}.ts`, extra === "" ? source.replace(", ...more", "") : source];
}

function plain(name: string): readonly [string, string] {
  return tool(name, `return "${name} done";`);
}

/** A tool with a UI of its own, by xmcp's convention: reading \`ui://app/<name>.html\` runs it. */
function withUi(name: string): readonly [string, string] {
  return tool(
    name,
    `return "<p>${name} of the caller</p>";`,
    "const more = { _meta: { ui: { prefersBorder: true } } };",
  );
}

function resource(path: string, name: string, what: string): readonly [string, string] {
  return [
    `src/resources/${path}.ts`,
    `
export const metadata = { name: "${name}", description: "For the tests" };
export default function handler(params: { org?: string; id?: string }) {
  const of = [params?.org, params?.id].filter((one) => one !== undefined);
  console.log(["RAN ${what}", ...of].join(" "));
  return ["${name}", ...of].join(" ");
}
`,
  ];
}

function prompt(name: string): readonly [string, string] {
  return [
    `src/prompts/${name}.ts`,
    `
export const metadata = { name: "${name}", title: "${name}", description: "For the tests", role: "user" };
export default function handler() {
  ${mark(`prompt ${name}`)}
  return "Please do: ${name}";
}
`,
  ];
}

/**
 * Tools, resources and prompts that write a line when they run, behind the given configuration.
 *
 * @param helpers what else of the plugin the configuration uses.
 */
export function accessApp(configuration: string, helpers: readonly string[] = []): AppFiles {
  return {
    "src/middleware.ts": `
import { ${["workosProvider", ...helpers].join(", ")} } from "@xmcp-dev/workos";
export default workosProvider(${configuration});
`,
    ...Object.fromEntries([
      tool(
        "whoami",
        `const who = getCaller();
  if (who.kind !== "user") return who.kind;
  const { userId, organizationId, role, roles, permissions } = getSession();
  return JSON.stringify({ userId, organizationId, role, roles, permissions });`,
      ),
      tool(
        "report_read",
        `const { caller, permissions } = await getAccess();
  return JSON.stringify(caller.kind === "user" ? permissions : caller.kind);`,
      ),
      plain("report_write"),
      plain("acme_only"),
      plain("nightly"),
      plain("forgotten"),
      withUi("panel"),
      withUi("card"),
      resource("(config)/app", "settings", "config://app"),
      resource("(docs)/secret", "secret", "docs://secret"),
      resource("(docs)/[id]/index", "doc", "docs://{id}"),
      resource("(vault)/[id]/index", "safe", "vault://{id}"),
      resource("(files)/t/[org]/[id]/index", "file", "files://t/{org}/{id}"),
      prompt("summarize"),
      prompt("audit"),
    ]),
  };
}

/** What ran so far, in order. */
export function whatRan(app: RunningApp): readonly string[] {
  return app.lines.filter((line) => line.startsWith("RAN ")).map((line) => line.slice(4));
}
