import { getAccess } from "../../../src/index.js";

const guard = async () => {
  const access = await getAccess();
  access.require({ permissions: ["secrets:read"] });
};

export default async function secrets() {
  await guard();
  return "the secret";
}
