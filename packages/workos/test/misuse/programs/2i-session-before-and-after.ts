import { getAccess, getSession } from "../../../src/index.js";

export default async function secrets() {
  const before = getSession().role;
  const access = await getAccess();
  return [before, getSession().role, ...access.roles].join();
}
