/**
 * A browser without a screen with Ada in front of it: opens the address that a client hands over,
 * signs in, allows the client in, and goes where that leads.
 *
 * Clients do not look at what becomes of a browser, so a failure is left in the home folder.
 */
import { writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { signIn } from "../support/person.ts";

try {
  const url = new URL(process.argv.at(-1) ?? "");
  const redirectUri = url.searchParams.get("redirect_uri") ?? "";
  const { callback } = await signIn(url, redirectUri, {
    user: "user_01K0ADA0000000000000000000",
    organization: "org_01K0ACME000000000000000000",
  });
  const landing = await fetch(callback);
  if (!landing.ok) throw new Error(`The client's own page answered ${landing.status}`);
} catch (error) {
  writeFileSync(join(homedir(), "browser-failed.txt"), String(error));
  throw error;
}
