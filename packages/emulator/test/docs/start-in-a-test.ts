import { createEmulator, startEmulator } from "@xmcp-dev/authkit-emulator";

// #region start
await using authkit = await startEmulator({ resource: "http://127.0.0.1:3002/mcp" });

// What your server needs to know. Without WORKOS_API_URL it would ask https://api.workos.com.
const environment = authkit.env;
// #endregion start

// #region tokens
const grace = await authkit.token({ as: "grace@acme.test", organization: "Acme" });
const reporter = await authkit.machineToken("Nightly Reporter");

// The whole authorization code flow, through the sign-in pages, as an MCP client runs it.
const ada = await authkit.signIn({ as: "ada@acme.test", organization: "Globex" });
const refreshed = await ada.refresh();

// Tokens that AuthKit would never issue are what a resource server has to refuse.
const expired = await authkit.forgeToken({ expiresInSeconds: -60 });
const foreign = await authkit.forgeToken({ claims: { aud: "https://elsewhere.example/mcp" } });
const anonymous = await authkit.forgeToken({ claims: { sub: undefined } });
// #endregion tokens

// #region faults
{
  using _ = authkit.fail("jwks", "down");
  // … your server must still accept the tokens whose keys it knows, until this block ends.
}

await authkit.rotateKeys({ keepOld: false });
// … and must now refuse them.

authkit.clearRequests();
// … ten thousand requests later:
const keySetFetches = authkit.requests("jwks").length;
// #endregion faults

// #region time
authkit.advance({ hours: 1 });
authkit.reset();
// #endregion time

const endpoint = "http://127.0.0.1:3002/webhooks/workos";
// #region webhooks
const hooked = createEmulator({
  webhooks: [{ url: endpoint, secret: "whsec_local_only", events: ["user.deleted"] }],
});
// #endregion webhooks
await hooked.close();

export { anonymous, environment, expired, foreign, grace, keySetFetches, refreshed, reporter };
