import { styleText } from "node:util";
import type { Emulator } from "@xmcp-dev/authkit-emulator";

/** What a person needs to know to sign in from a real MCP client. */
export function banner({
  mcpUrl,
  authkit,
  colors,
}: {
  mcpUrl: string;
  authkit: Emulator;
  colors: boolean;
}): string {
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    colors ? styleText(format, text) : text;
  const { users, organizations, memberships } = authkit.seed;
  const people = users.map(({ id, email, firstName, lastName }) => {
    const places = memberships
      .filter((membership) => membership.userId === id)
      .map(({ organizationId, roles }) => {
        const organization = organizations.find((one) => one.id === organizationId);
        return `${roles.join(" and ")} of ${organization?.name ?? organizationId}`;
      });
    const name = [firstName, lastName].filter(Boolean).join(" ");
    return `    ${name.padEnd(14)} ${email.padEnd(22)} ${places.join(", ") || "no organization"}`;
  });
  const json = JSON.stringify({ name: "quickstart", type: "http", url: mcpUrl });
  return `
${style(["bold", "green"], "Ready.")}

  ${style("bold", "MCP server")}      ${mcpUrl}
  ${style("bold", "Local AuthKit")}   ${authkit.issuer}

  ${style("bold", "Who can sign in")} (no password: choose a person on the sign-in page)
${people.join("\n")}

  ${style("bold", "Connect a client")}
    Claude Code    claude mcp add --transport http quickstart ${mcpUrl}
                   then /mcp inside Claude Code, and Authenticate
    VS Code        code --add-mcp '${json}'
    Cursor         in ~/.cursor/mcp.json:
                   { "mcpServers": { "quickstart": { "url": "${mcpUrl}" } } }
    MCP Inspector  npx @modelcontextprotocol/inspector --transport http --server-url ${mcpUrl}

  ${style("bold", "Then ask")} the client to call the tool ${style("cyan", "greet")}. Ctrl-C ends both servers.
  Without a network, start with ${style("cyan", "npm start -- --no-cimd")}, so that clients register themselves.

`;
}
