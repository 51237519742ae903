import { generateKeyPairSync, randomUUID } from "node:crypto";
import { defaultSeed, type Emulator, type Seed } from "@xmcp-dev/authkit-emulator";
import { auditLogSchemas } from "@xmcp-dev/workos/audit-logs";
import { SignJWT } from "jose";

const ACME = "org_01K0ACME000000000000000000";

/** A person with a token; one whose access was taken away keeps asking with the last one. */
export interface Person {
  readonly id: string;
  token: string;
}

/** Who there is, and what else comes with a token. */
export interface Crowd {
  readonly present: Person[];
  /** Removed at WorkOS, and refused ever since. */
  readonly gone: Person[];
  /** Signs everybody in anew, and makes the bad tokens anew; after the old keys were withdrawn the gone are forgotten. */
  readonly renew: (oldKeys: "kept" | "withdrawn") => Promise<void>;
  readonly mint: (person: Person) => Promise<string>;
  /** Tokens that must never pass. */
  bad: Readonly<Record<"forged" | "expired" | "foreign", string>>;
  /** A well-formed token whose key is not published. */
  readonly withUnknownKey: () => Promise<string>;
}

/** So many members of one organization, and what their role may do. */
export function seedOf(people: number): Seed {
  const ids = idsOf(people);
  return {
    ...defaultSeed,
    auditLogSchemas,
    users: ids.map((id, index) => ({
      id,
      email: `person${index}@acme.test`,
      firstName: `Person ${index}`,
      lastName: "Soak",
    })),
    memberships: ids.map((userId) => ({
      id: userId.replace("user_", "om_"),
      userId,
      organizationId: ACME,
      roles: ["member"],
    })),
    roles: [{ slug: "member", name: "Member", permissions: ["soak:use"] }],
    permissions: [{ slug: "soak:use", name: "Use" }],
    directoryUsers: [],
    directoryGroups: [],
    directories: [],
    connections: [],
    apiKeys: [],
  };
}

function idsOf(people: number): string[] {
  return Array.from(
    { length: people },
    (_, index) => `user_01K0S0AK${String(index).padStart(18, "0")}`,
  );
}

export async function gather(authkit: Emulator, people: number): Promise<Crowd> {
  const mint = ({ id }: { id: string }): Promise<string> =>
    authkit.token({ as: id, organization: ACME });
  const present = await Promise.all(
    idsOf(people).map(async (id) => ({ id, token: await mint({ id }) })),
  );
  const [person] = present;
  if (person === undefined) throw new Error("a soak needs people");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const claimsOf = (token: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<
      string,
      unknown
    >;
  const badOf = async ({ id, token }: Person): Promise<Crowd["bad"]> => {
    const [head, , signature] = token.split(".");
    const claims = JSON.stringify({ ...claimsOf(token), jti: "forged" });
    return {
      forged: `${head}.${Buffer.from(claims).toString("base64url")}.${signature}`,
      expired: await authkit.forgeToken({ claims: { sub: id }, expiresInSeconds: -3_600 }),
      foreign: await authkit.forgeToken({
        claims: { sub: id, aud: "https://elsewhere.example.com/mcp" },
      }),
    };
  };
  const crowd: Crowd = {
    present,
    gone: [],
    mint,
    async renew(oldKeys) {
      for (const person of present) person.token = await mint(person);
      crowd.bad = await badOf(person);
      // A withdrawn key cannot be told from an unknown one while the keys cannot be read, so what they get is a 503 then.
      if (oldKeys === "withdrawn") crowd.gone.length = 0;
    },
    bad: await badOf(person),
    withUnknownKey: () =>
      new SignJWT(claimsOf(person.token))
        .setProtectedHeader({ alg: "RS256", kid: randomUUID() })
        .sign(privateKey),
  };
  return crowd;
}
