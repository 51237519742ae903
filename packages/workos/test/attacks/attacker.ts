import { generateKeyPairSync, sign } from "node:crypto";
import { expect } from "vitest";
import { startGuarded, type GuardedServer } from "../support/guarded-server.js";
import { base64url, createTestIssuer, goodClaims, type TestIssuer } from "../support/issuer.js";

export type Members = Readonly<Record<string, unknown>>;

/** The issuer under attack, a good token of it, and that token's parts. */
export const issuer: TestIssuer = createTestIssuer();
export const GOOD: string = issuer.sign();
export const [head = "", body = "", signature = ""] = GOOD.split(".");

/** The attacker's own key. */
export const mine = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** Header and payload of a token that is good but for these members. */
export function input(header: Members, claims: Members = {}): string {
  const members = { alg: "RS256", kid: "key_1", ...header };
  return `${base64url(JSON.stringify(members))}.${base64url(JSON.stringify({ ...goodClaims(), ...claims }))}`;
}

/** A token signed by the attacker's own RSA key. */
export function forge(header: Members, claims: Members = {}): string {
  const text = input(header, claims);
  return `${text}.${sign("sha256", Buffer.from(text), mine.privateKey).toString("base64url")}`;
}

/** What a server answers to a token that must not get in. */
export async function judged(
  token: string,
): Promise<{ status: number; reason: string; server: GuardedServer }> {
  const server = await startGuarded({ issuer, server: { maxHeaderSize: 65_536 } });
  const answer = await server.ask(token);
  const { reason } = (await answer.json()) as { reason: string };
  expect(server.reached.count).toBe(0);
  return { status: answer.status, reason, server };
}

/** Status and reason of the refusal of a token. */
export async function verdictOn(token: string): Promise<string> {
  const { status, reason } = await judged(token);
  return `${status} ${reason}`;
}
