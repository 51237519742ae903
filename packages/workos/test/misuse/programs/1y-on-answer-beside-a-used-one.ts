import { getAccess } from "../../../src/index.js";

const resource = { resourceId: "authz_resource_01DOC" };

export default async function secrets() {
  const access = await getAccess();
  const isHidden = !(await access.on("docs:read", resource)).isAllowed;
  if (isHidden && (await access.on("docs:write", resource))) return "the secret";
  return "no";
}
