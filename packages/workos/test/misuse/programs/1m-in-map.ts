import { getAccess } from "../../../src/index.js";

const documents = [{ permission: "docs:read" }, { permission: "secrets:read" }];

export default function secrets() {
  const mayRead = documents.map(async (one) =>
    (await getAccess()).permissions.includes(one.permission),
  );
  return mayRead.every(Boolean) ? "the secret" : "no";
}
