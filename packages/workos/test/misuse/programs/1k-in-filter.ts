import { getAccess } from "../../../src/index.js";

const documents = [
  { text: "the handbook", permission: "docs:read" },
  { text: "the secret", permission: "secrets:read" },
];

export default function secrets() {
  // An async predicate is a promise, which is always true.
  return documents
    .filter(async (one) => (await getAccess()).permissions.includes(one.permission))
    .map(({ text }) => text)
    .join();
}
