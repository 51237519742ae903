import { generateKeyPairSync, randomUUID } from "node:crypto";
import { defaultSeed, type Emulator, type Seed } from "@xmcp-dev/authkit-emulator";
import { auditLogSchemas } from "@xmcp-dev/workos";
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
  /** Signs everybody in anew. */
  readonly renew: () => Promise<void>;
  readonly mint: (person: Person) => Promise<string>;
  /** Tokens that must never pass. */
  readonly bad: Readonly<Record<"forged" | "expired" | "foreign", string>>;
  /** A well-formed token whose key nobody has published. */
  readonly withUnknownKey: () => Promise<string>;
}

/** So many members of one organization, and what their role may do. */
export function seedOf(resource: string, people: number): Seed {
  const ids = idsOf(people);
  return {
    ...defaultSeed,
    resources: [{ uri: resource, default: true }],
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
    authkit.mintAccessToken({ userId: id, organizationId: ACME });
  const present = await Promise.all(
    idsOf(people).map(async (id) => ({ id, token: await mint({ id }) })),
  );
  const [somebody] = present;
  if (somebody === undefined) throw new Error("a soak needs people");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const [head = "", payload = "", signature = ""] = somebody.token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<
    string,
    unknown
  >;
  const forged = Buffer.from(JSON.stringify({ ...claims, jti: "forged" })).toString("base64url");
  return {
    present,
    gone: [],
    mint,
    async renew() {
      for (const person of present) person.token = await mint(person);
    },
    bad: {
      forged: `${head}.${forged}.${signature}`,
      expired: await authkit.mintAccessToken({ userId: somebody.id, expiresIn: -3_600 }),
      foreign: await authkit.mintAccessToken({
        userId: somebody.id,
        resource: "https://elsewhere.example.com/mcp",
      }),
    },
    withUnknownKey: () =>
      new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: randomUUID() }).sign(privateKey),
  };
}
