import { getAccess } from "../../../src/index.js";

const documents = [{ permission: "docs:read" }, { permission: "secrets:read" }];

export default function secrets() {
  // Caught, so that the process goes on.
  const mayRead = documents.map((one) =>
    getAccess()
      .then(({ permissions }) => permissions.includes(one.permission))
      .catch(() => false),
  );
  return mayRead.every(Boolean) ? "the secret" : "no";
}
