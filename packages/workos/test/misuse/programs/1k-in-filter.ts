import { getAccess } from "../../../src/index.js";

const documents = [
  { text: "the handbook", permission: "docs:read" },
  { text: "the secret", permission: "secrets:read" },
];

const mayRead = async (permission: string): Promise<boolean> =>
  (await getAccess()).permissions.includes(permission);

export default function secrets() {
  // A predicate's promise is always true. Caught, so that the process goes on.
  return documents
    .filter((one) => mayRead(one.permission).catch(() => false))
    .map(({ text }) => text)
    .join();
}
