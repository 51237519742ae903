import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compareAccess } from "@xmcp-dev/workos/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { access } from "../../examples/acme/src/access.ts";
import {
  ACME,
  acmeFolder,
  acmeHas,
  acmeSeed,
  acmeSights,
  ADA,
  ALAN,
  EDSGER,
  GRACE,
} from "../support/acme.ts";
import { startPair, type Pair } from "../support/authkit.ts";
import { sdkClients, type ConnectedClient } from "../support/mcp-clients.ts";
import { HeadlessOAuthClient } from "../support/oauth-client.ts";
import { drawSight } from "../support/sight.ts";

let pair: Pair;
beforeAll(async () => {
  pair = await startPair("acme", {
    example: "acme",
    seed: (baseUrl) => ({
      ...acmeSeed,
      apiKeys: [],
      resources: [{ uri: `${baseUrl}/mcp`, default: true }],
    }),
  });
});
afterAll(async () => {
  await pair?.stop();
});

const connect = sdkClients["client 2.x, 2026-07-28"];

function signIn(choices: { user: string; organization?: string }): Promise<ConnectedClient> {
  return connect(pair.app.mcpUrl, new HeadlessOAuthClient(choices));
}

async function everythingSeen(client: ConnectedClient): Promise<string[]> {
  const lists = [
    ["tools", "name"],
    ["resources", "uri"],
    ["resourceTemplates", "uriTemplate"],
    ["prompts", "name"],
  ] as const;
  const found: string[] = [];
  for (const [what, key] of lists) {
    const items = (await client.list(what))[what] as Record<string, string>[];
    found.push(...items.map((item) => item[key] ?? ""));
  }
  return found;
}

describe("the support desk of examples/acme", () => {
  it("names everything it has in its access map, and nothing it has not", () => {
    const { Tools: tools, Resources: resources, Prompts: prompts } = acmeHas;
    expect(compareAccess(access, { tools, resources, prompts })).toEqual([]);
    expect(compareAccess(access, { tools: [...tools, "drop_tables"] })).toMatchObject([
      { kind: "not-named", subject: "drop_tables" },
    ]);
    expect(pair.app.lines.filter((line) => line.includes("access."))).toEqual([]);
  });

  it.each(acmeSights)("shows $who, $as, what the card in its README shows", async (sight) => {
    const client = await signIn(sight.choices);
    const seen = await everythingSeen(client);
    expect(seen.toSorted()).toEqual(sight.sees.toSorted());
    await expect(drawSight({ ...sight, has: acmeHas, sees: seen })).toMatchFileSnapshot(
      join(acmeFolder, "cards", `${sight.card}.svg`),
    );
    await client.close();
  });

  it("lets each do what the handbook says, at their own desk", async () => {
    const grace = await signIn({ user: GRACE });
    expect(await grace.callTool("list_tickets")).toBe(
      "A-1 Wile E.: The rocket skates went left\nA-2 Bugs B.: Carrot subscription arrives twice",
    );
    expect(await grace.callTool("read_ticket", { id: "A-1" })).toBe(
      "A-1 Wile E.: The rocket skates went left\nNote: Third pair this month",
    );
    expect(await grace.callTool("refund", { id: "A-1", dollars: 200 })).toBe(
      "Gave $200 back to Wile E.",
    );
    expect(await grace.askTool("refund", { id: "A-1", dollars: 201 })).toMatchObject({
      isError: true,
      text: `You may not use the tool refund: it needs the role "admin". An administrator of the organization ${ACME} can give it to you, in WorkOS. Signing in again does not.`,
    });
    expect(JSON.parse(await grace.callTool("whoami"))).toEqual({
      userId: GRACE,
      organizationId: ACME,
      role: "lead",
      permissions: ["tickets:read", "tickets:write", "notes:read", "refunds:create"],
    });
    await grace.close();

    const ada = await signIn({ user: ADA, organization: ACME });
    expect(await ada.callTool("refund", { id: "A-2", dollars: 5000 })).toBe(
      "Gave $5000 back to Bugs B.",
    );
    expect((await ada.callTool("admin_list_team")).split("\n").toSorted()).toEqual([
      `${ADA} admin`,
      `${GRACE} lead`,
    ]);
    await ada.close();

    const alan = await signIn({ user: ALAN });
    expect(await alan.callTool("reply_to_ticket", { id: "G-1", text: "On its way" })).toBe(
      "Replied to G-1",
    );
    // No note for an agent.
    expect(await alan.callTool("read_ticket", { id: "G-1" })).toBe(
      "G-1 Hank S.: Hammocks, wrong colour\nOn its way",
    );
    expect(await alan.callTool("summarize_tickets")).toBe("1 tickets, 0 without a reply");
    expect(await alan.readResource("tickets://G-1")).toBe("G-1 Hank S.: Hammocks, wrong colour");
    // Another desk's ticket is no ticket, however it is asked for.
    expect((await alan.askTool("read_ticket", { id: "A-1" })).text).toContain(
      "There is no ticket A-1 at your desk.",
    );
    await expect(alan.readResource("tickets://A-1")).rejects.toThrow("There is no ticket A-1");
    await alan.close();
  });

  it("tells who is denied what is missing, as its README quotes", async () => {
    const readme = readFileSync(join(acmeFolder, "README.md"), "utf8").replaceAll(/\s+/g, " ");
    const denials = [
      [{ user: ALAN }, "refund"],
      [{ user: GRACE }, "refund", 201],
      [{ user: GRACE }, "admin_list_team"],
      [{ user: GRACE }, "summarize_tickets"],
      [{ user: EDSGER }, "list_tickets"],
    ] as const;
    for (const [choices, tool, dollars = 1] of denials) {
      const client = await signIn(choices);
      const { text, isError } = await client.askTool(tool, { id: "A-1", dollars });
      expect(isError).toBe(true);
      expect(readme).toContain(text);
      await client.close();
    }
  });
});
