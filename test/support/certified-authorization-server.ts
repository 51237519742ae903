import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import { errors, interactionPolicy, Provider } from "oidc-provider";

export interface CertifiedAuthorizationServer {
  readonly issuer: string;
  readonly close: () => Promise<void>;
}

/**
 * An OpenID-certified authorization server made by others, with AuthKit's paths
 * and claims: so that our emulator is not the only judge of the guard.
 *
 * Every visitor is signed in as `userId` without a page.
 */
export async function startCertifiedAuthorizationServer({
  resource,
  userId,
  organizationId,
}: {
  resource: string;
  userId: string;
  organizationId: string;
}): Promise<CertifiedAuthorizationServer> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const scope = "openid profile email offline_access";
  const provider = new Provider(issuer, {
    jwks: {
      keys: [
        {
          ...(await exportJWK(privateKey)),
          kty: "RSA",
          kid: "certified_1",
          alg: "RS256",
          use: "sig",
        },
      ],
    },
    scopes: scope.split(" "),
    clientAuthMethods: ["none"],
    clientDefaults: {
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
    },
    pkce: { required: () => true },
    cookies: { keys: ["only for this test"] },
    routes: {
      authorization: "/oauth2/authorize",
      token: "/oauth2/token",
      registration: "/oauth2/register",
      jwks: "/oauth2/jwks",
    },
    interactions: {
      url: (_context, { uid }) => `/interaction/${uid}`,
      policy: interactionPolicy.base(),
    },
    findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    extraTokenClaims: () => ({ sid: "app_consent_01CERTIFIED", org_id: organizationId }),
    ttl: {
      AccessToken: 300,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 300,
      Interaction: 600,
      RefreshToken: 600,
      Session: 600,
    },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, asked) => {
          if (asked !== resource) throw new errors.InvalidTarget();
          return {
            scope,
            audience: resource,
            accessTokenFormat: "jwt",
            accessTokenTTL: 300,
            jwt: { sign: { alg: "RS256" } },
          };
        },
      },
    },
  });
  const serve = provider.callback();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith("/interaction/") !== true) {
      void serve(request, response);
      return;
    }
    approve(provider, request, response, userId, resource, scope).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  return {
    issuer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Signs the account in, then grants what is asked: the two prompts of the provider's base policy. */
async function approve(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  userId: string,
  resource: string,
  scope: string,
): Promise<void> {
  const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === "login") {
    await provider.interactionFinished(request, response, { login: { accountId: userId } });
    return;
  }
  const grant =
    (grantId === undefined ? undefined : await provider.Grant.find(grantId)) ??
    new provider.Grant({
      accountId: session?.accountId ?? userId,
      clientId: String(params["client_id"]),
    });
  grant.addOIDCScope(scope);
  grant.addResourceScope(resource, scope);
  await provider.interactionFinished(
    request,
    response,
    { consent: { grantId: await grant.save() } },
    { mergeWithLastSubmission: true },
  );
}
