// #region start
import { createEmulator, defaultSeed } from "@xmcp-dev/authkit-emulator";

const authkit = await createEmulator({
  port: 0,
  seed: { ...defaultSeed, resources: [{ uri: "http://127.0.0.1:3002/mcp", default: true }] },
});

// What your server needs to know. Without WORKOS_API_URL it would ask https://api.workos.com.
const environment = {
  WORKOS_API_KEY: authkit.apiKey,
  WORKOS_CLIENT_ID: authkit.clientId,
  WORKOS_AUTHKIT_DOMAIN: authkit.issuer,
  WORKOS_API_URL: authkit.url,
  BASE_URL: "http://127.0.0.1:3002",
};
// #endregion start

// #region mint
const [ada] = authkit.seed.users;
const [acme] = authkit.seed.organizations;
const token = await authkit.mintAccessToken({
  ...(ada && { userId: ada.id }),
  ...(acme && { organizationId: acme.id }),
  resource: "http://127.0.0.1:3002/mcp",
});

// Tokens that AuthKit would never issue are what a resource server has to refuse.
const expired = await authkit.mintAccessToken({ expiresIn: -60 });
const foreign = await authkit.mintAccessToken({ claims: { aud: "https://somebody.else/mcp" } });
const anonymous = await authkit.mintAccessToken({ claims: { sub: undefined } });
// #endregion mint

// #region faults
authkit.faults.set("jwks", { kind: "down" });
// … your server must still accept the tokens whose keys it knows.
authkit.faults.clear();

await authkit.rotateKeys({ keepOld: false });
// … and must now refuse them.

authkit.resetRequests();
// … ten thousand requests later:
const keySetFetches = authkit.requests.filter(({ path }) => path === "/oauth2/jwks").length;
// #endregion faults

// #region fetch
const response = await authkit.fetch(
  new Request(`${authkit.url}/.well-known/oauth-authorization-server`),
);
const metadata = await response.json();
// #endregion fetch

const endpoint = "http://127.0.0.1:3002/webhooks/workos";
// #region webhooks
const hooked = await createEmulator({
  port: 0,
  webhooks: [{ url: endpoint, secret: "whsec_local_only", events: ["user.deleted"] }],
});
// #endregion webhooks
await hooked.close();

// #region close
await authkit.close();
// #endregion close

export { anonymous, environment, expired, foreign, keySetFetches, metadata, token };
