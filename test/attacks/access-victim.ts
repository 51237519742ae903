import { expect } from "vitest";
import type { AppFiles } from "../support/app.ts";
import { whatRan } from "../support/access-app.ts";
import { startPair, type Pair } from "../support/authkit.ts";
import { rawRequest, statusOf } from "../support/raw-request.ts";
import type { Attack } from "./access-attacks.ts";

/** An app that is attacked, by a user who may use a part of it. */
export interface Victim extends Pair {
  readonly mint: (who: Who) => Promise<string>;
  /** Sends what no client would send, as it is; with the attacker's token unless told otherwise. */
  readonly send: (attack: Attack, token?: string) => Promise<{ status: number; text: string }>;
  /** Waits until everything that ran has said so, then tells what it was. */
  readonly ran: () => Promise<readonly string[]>;
  /** What attacks achieved: what ran or came back that must not, and faults of ours; nothing, if all is well. */
  readonly harmOf: (attacks: readonly Attack[]) => Promise<readonly string[]>;
}

interface Who {
  readonly userId: string;
  readonly organizationId: string;
}

/** Builds and starts it. */
export async function startVictim(
  name: string,
  {
    files,
    seed = {},
    attacker,
    forbidden,
    loot,
  }: {
    readonly files: AppFiles;
    readonly seed?: NonNullable<Parameters<typeof startPair>[1]>["seed"];
    readonly attacker: Who;
    /** Lines that the app must not write. */
    readonly forbidden: RegExp;
    /** Text that no answer must hold. */
    readonly loot: RegExp;
  },
): Promise<Victim> {
  const pair = await startPair(name, { files, seed });
  const { app, authkit } = pair;
  const mint = ({ userId, organizationId }: Who): Promise<string> =>
    authkit.token({ as: userId, organization: organizationId, expiresInSeconds: 3600 });
  const own = await mint(attacker);

  const send: Victim["send"] = async ({ method = "POST", headers = {}, body }, token = own) => {
    const bytes = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const fields = {
      Host: `127.0.0.1:${app.port}`,
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/json",
      Accept: "application/json, text/event-stream",
      ...headers,
    };
    const answer = await rawRequest(
      app.port,
      [
        `${method} /mcp HTTP/1.1`,
        ...Object.entries(fields).map(([field, value]) => `${field}: ${value}`),
      ].join("\r\n"),
      bytes,
    );
    return { status: statusOf(answer), text: answer.slice(answer.indexOf("\r\n\r\n") + 4) };
  };

  const ran: Victim["ran"] = async () => {
    const count = (): number => whatRan(app).filter((line) => line === "whoami").length;
    const before = count();
    const { status } = await send({
      body: { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "whoami" } },
    });
    expect(status).toBe(200);
    await expect.poll(count).toBeGreaterThan(before);
    return whatRan(app);
  };

  return {
    ...pair,
    mint,
    send,
    ran,
    harmOf: async (attacks) => {
      const before = whatRan(app).length;
      const harm: string[] = [];
      for (const attack of attacks) {
        const { status, text } = await send(attack);
        const isFault = !(status >= 200) || text.includes("internal_fault");
        if (isFault || loot.test(text)) harm.push(`${JSON.stringify(attack)} -> ${status} ${text}`);
      }
      const lines = (await ran()).slice(before);
      return [...harm, ...lines.filter((line) => forbidden.test(line))];
    },
  };
}
