import { setTimeout as sleep } from "node:timers/promises";
import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  const access = getAccess();
  await sleep(50);
  if (!access) return "no";
  return "the secret";
}
