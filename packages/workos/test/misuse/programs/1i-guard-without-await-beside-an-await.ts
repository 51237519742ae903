import { getAccess } from "../../../src/index.js";

const guard = async () => {
  const access = await getAccess();
  access.require({ permissions: ["secrets:read"] });
};

export default async function secrets() {
  guard().catch(() => undefined);
  await getAccess();
  return "the secret";
}
