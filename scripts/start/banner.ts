import { styleText } from "node:util";
import type { Emulator } from "@xmcp-dev/authkit-emulator";
import type { Example } from "./example.ts";

/** What a person needs to know to sign in from a real MCP client. */
export function banner({
  example,
  mcpUrl,
  authkit,
  colors,
}: {
  example: Example;
  mcpUrl: string;
  authkit: Emulator;
  colors: boolean;
}): string {
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    colors ? styleText(format, text) : text;
  const { users, organizations, memberships } = authkit.seed;
  const nameOf = ({ firstName, lastName }: (typeof users)[number]): string =>
    [firstName, lastName].filter(Boolean).join(" ");
  const width = Math.max(14, ...users.map((user) => nameOf(user).length));
  const people = users.map((user) => {
    const { id, email } = user;
    const places = memberships
      .filter((membership) => membership.userId === id)
      .map(({ organizationId, roles }) => {
        const organization = organizations.find((one) => one.id === organizationId);
        return `${roles.join(" and ")} of ${organization?.name ?? organizationId}`;
      });
    return `    ${nameOf(user).padEnd(width)} ${email.padEnd(22)} ${places.join(", ") || "no organization"}`;
  });
  const json = JSON.stringify({ name: example.name, type: "http", url: mcpUrl });
  return `
${style(["bold", "green"], "Ready.")}

  ${style("bold", "MCP server")}      ${mcpUrl}
  ${style("bold", "Local AuthKit")}   ${authkit.issuer}

  ${style("bold", "Who can sign in")} (no password: choose a person on the sign-in page)
${people.join("\n")}

  ${style("bold", "Connect a client")}
    Claude Code    claude mcp add --transport http ${example.name} ${mcpUrl}
                   then /mcp inside Claude Code, and Authenticate
    VS Code        code --add-mcp '${json}'
    Cursor         in ~/.cursor/mcp.json:
                   { "mcpServers": { "${example.name}": { "url": "${mcpUrl}" } } }
    MCP Inspector  npx @modelcontextprotocol/inspector --transport http --server-url ${mcpUrl}

  ${style("bold", "Then ask")} the client to call the tool ${style("cyan", example.tool)}. Ctrl-C ends both servers.
  Without a network, start with ${style("cyan", `${example.command} -- --no-cimd`)}, so that clients register themselves.

`;
}
