import { getSession } from "../../../src/index.js";

const { userId } = getSession();

export default function secrets() {
  return `the secret of ${userId}`;
}
