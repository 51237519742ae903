import { getAccess } from "../../../src/index.js";

export default async function secrets() {
  return `the secret of ${getAccess()}`;
}
