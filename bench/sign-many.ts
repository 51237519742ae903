/** The worker of `signMany`. */
import { createPrivateKey, randomUUID } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { signToken } from "./tokens.ts";

const { pem, kid, claims, size } = workerData as {
  pem: string;
  kid: string;
  claims: Readonly<Record<string, unknown>>;
  size: number;
};
const key = { kid, privateKey: createPrivateKey(pem), jwk: {} };
const tokens = Array.from({ length: size }, () => signToken(key, { ...claims, jti: randomUUID() }));
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage(tokens);
