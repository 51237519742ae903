import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessApp, whatRan } from "../support/access-app.ts";
import { modern } from "../support/rpc.ts";
import { read, request } from "./access-attacks.ts";
import { startVictim, type Victim } from "./access-victim.ts";

const ADA = "user_01K0ADA0000000000000000000";
const GRACE = "user_01K0GRACE00000000000000000";
const ACME = "org_01K0ACME000000000000000000";

/** A stricter rule below a wider one; what escapes the first is open to every caller. */
const CONFIGURATION = `{
  access: {
    tools: { "*": "authenticated" },
    resources: {
      "files://t/HR files/*": { role: "admin" },
      "files://t/secret/*": { role: "admin" },
      "https://xn--bcher-kva.example/*": { role: "admin" },
      "files://*": "authenticated",
      "https://*": "authenticated",
    },
  },
}`;

/** Templates as xmcp registers them, each with a handler that decodes what it is given, as many do. */
const template = (name: string, folder: string): string => `
export const metadata = { name: "${name}", description: "For the tests" };
export default function handler({ ${folder}, id }: { ${folder}: string; id: string }) {
  const folder = decodeURIComponent(${folder});
  console.log("RAN ${name} " + folder + " " + decodeURIComponent(id));
  return "the contents of " + folder;
}
`;

let victim: Victim;
let ada: string;
beforeAll(async () => {
  victim = await startVictim("access-spellings", {
    files: {
      ...accessApp(CONFIGURATION),
      "src/resources/(files)/t/[org]/[id]/index.ts": template("file", "org"),
      "src/resources/(https)/[host]/[id]/index.ts": template("book", "host"),
    },
    attacker: { userId: GRACE, organizationId: ACME },
    forbidden: /^(file (HR files|secret)|book xn--bcher-kva\.example)/,
    loot: /the contents of (HR files|secret|xn--bcher-kva\.example)/,
  });
  ada = await victim.mint({ userId: ADA, organizationId: ACME });
});
afterAll(async () => {
  await victim?.stop();
});

describe("T-17: a rule is held against every spelling that is served", () => {
  it("an admin reads each of them, and a member what is open, so that the attacks could be seen to succeed", async () => {
    const before = whatRan(victim.app).length;
    for (const uri of [
      "files://t/HR%20files/7",
      "files://t/s%65cret/7",
      "files://t/x/../secret/7",
      "https://xn--bcher-kva.example/7",
    ]) {
      const { status, text } = await victim.send({ body: read(uri) }, ada);
      expect([uri, status, text]).toEqual([uri, 200, expect.stringContaining("the contents of ")]);
    }
    const { text } = await victim.send({ body: read("files://t/open/7") });
    expect(text).toContain("the contents of open");
    expect((await victim.ran()).slice(before, -1)).toEqual([
      "file HR files 7",
      "file secret 7",
      "file secret 7",
      "book xn--bcher-kva.example 7",
      "file open 7",
    ]);
  });

  const spellings = [
    "files://t/HR files/7",
    "files://t/HR%20files/7",
    "files://t/%48%52%20files/7",
    "files://t/HR%2520files/7",
    "FILES://t/HR%20files/7",
    "files://t/secret/7",
    "files://t/s%65cret/7",
    "files://t/s%2565cret/7",
    "files://t/x/../secret/7",
    "files://t/x/%2e%2e/secret/7",
    "files://t/sec\tret/7",
    "files://t/secret/7#x",
    "files://@t/secret/7",
    "files://t:/secret/7",
    "https://bücher.example/7",
    "https://BÜCHER.example/7",
    "https://b%C3%BCcher.example/7",
    "https://ｂücher.example/7",
    "https://xn--bcher-kva.example:443/7",
    "https://xn--bcher-kva.example:/7",
    "https:\\\\xn--bcher-kva.example\\7",
    "https://xn--bcher-kva.example/x/../7",
  ];

  it.each(spellings)(
    "%j gives a member nothing, to read or to watch, in both eras",
    async (uri) => {
      const before = whatRan(victim.app).length;
      expect(
        await victim.harmOf([
          { body: read(uri) },
          modern("resources/read", { uri }, uri),
          { body: request("resources/subscribe", { uri }) },
          { body: [read(uri)] },
        ]),
      ).toEqual([]);
      const lines = (await victim.ran()).slice(before);
      expect(lines.filter((line) => line !== "whoami")).toEqual([]);
    },
  );
});
