import { expect } from "vitest";
import type { Case } from "../case.ts";
import { ACME, ADA, ask, BASE_URL, call, GLOBEX, RESOURCE, type World } from "../world.ts";

const at = (organization: string): string => `/mcp/o/${organization}`;
const mint = ({ authkit }: World, organization: string, aud: string): Promise<string> =>
  authkit.forgeToken({ claims: { sub: ADA, aud, org_id: organization } });

/** Organizations that the URL selects. */
export const organizations: readonly Case[] = [
  {
    id: "organizations.metadata",
    title: "each organization's URL has metadata and a challenge of its own",
    run: async ({ open }) => {
      for (const organization of [ACME, GLOBEX]) {
        const metadata = `/.well-known/oauth-protected-resource${at(organization)}`;
        const { headers } = await ask(open, { path: at(organization), body: call("whoami") });
        expect(headers.get("www-authenticate")).toBe(
          `Bearer resource_metadata="${BASE_URL}${metadata}"`,
        );
        const { status, text } = await ask(open, { method: "GET", path: metadata });
        expect(status).toBe(200);
        expect(JSON.parse(text)).toMatchObject({ resource: `${RESOURCE}/o/${organization}` });
      }
    },
  },
  {
    id: "organizations.own",
    title: "a token of an organization is good at its URL",
    run: async (world) => {
      const token = await mint(world, ACME, `${RESOURCE}/o/${ACME}`);
      const { status, text } = await ask(world.open, {
        path: at(ACME),
        token,
        body: call("whoami"),
      });
      expect(status).toBe(200);
      expect(text).toContain(ACME);
    },
  },
  {
    id: "organizations.other",
    title: "a token of another organization is refused there",
    run: async (world) => {
      for (const token of [
        await mint(world, GLOBEX, `${RESOURCE}/o/${GLOBEX}`),
        await mint(world, GLOBEX, `${RESOURCE}/o/${ACME}`),
      ]) {
        const { status, text } = await ask(world.open, {
          path: at(ACME),
          token,
          body: call("whoami"),
        });
        expect(status).toBe(401);
        expect(text).not.toContain(ADA);
      }
    },
  },
  {
    id: "organizations.malformed",
    title: "a path below the endpoint that names no organization is refused",
    run: async (world) => {
      const token = await mint(world, ACME, `${RESOURCE}/o/${ACME}`);
      for (const path of ["/mcp/o/", "/mcp/o/user_1", `/mcp/o/${ACME}/x`, `/mcp/O/${ACME}`]) {
        const { status } = await ask(world.open, { path, token, body: call("whoami") });
        expect([path, status]).toEqual([path, 404]);
      }
    },
  },
];
