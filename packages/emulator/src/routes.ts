import { Hono } from "hono";
import { cors } from "hono/cors";
import { createApi } from "./api/api.js";
import type { AuthorizationServer, Endpoint } from "./oauth/authorization-server.js";
import { createIntrospectionEndpoint } from "./oauth/introspection.js";
import { authorizationServerMetadata, openidConfiguration } from "./oauth/metadata.js";
import { createRegistrationEndpoint } from "./oauth/register.js";
import { createTokenEndpoint } from "./oauth/token.js";
import { createUserinfoEndpoint } from "./oauth/userinfo.js";
import { createSignIn } from "./sign-in/sign-in.js";

type Method = "GET" | "POST";

/** Puts every endpoint of the emulator at its address. */
export function createRoutes(server: AuthorizationServer, log: (line: string) => void): Hono {
  const app = new Hono();
  addDocuments(app, server);
  addEndpoint(
    app,
    "/oauth2/token",
    { methods: ["POST"], isOpen: true },
    createTokenEndpoint(server),
  );
  addEndpoint(
    app,
    "/oauth2/userinfo",
    { methods: ["GET", "POST"], isOpen: true },
    createUserinfoEndpoint(server),
  );
  addEndpoint(
    app,
    "/oauth2/introspection",
    { methods: ["POST"] },
    createIntrospectionEndpoint(server),
  );
  if (server.features.dynamicClientRegistration) {
    addEndpoint(
      app,
      "/oauth2/register",
      { methods: ["POST"], isOpen: true },
      createRegistrationEndpoint(server),
    );
  }
  addSignIn(app, server);
  app.get(
    "/",
    () => new Response(`Local AuthKit emulator, not for production.\nIssuer: ${server.issuer()}\n`),
  );
  app.all("/.well-known/*", () => Response.json({ message: "Not Found" }, { status: 404 }));
  app.all("/oauth2/*", () => Response.json({ message: "Not Found" }, { status: 404 }));
  app.route("/", createApi(server.environment, server.now));
  app.onError((error, { req }) => {
    log(`${req.method} ${req.path}: ${error.name}`);
    return Response.json(
      { message: "The emulator failed.", error: "server_error" },
      { status: 500 },
    );
  });
  return app;
}

function addDocuments(app: Hono, server: AuthorizationServer): void {
  const documents: readonly (readonly [path: string, document: () => unknown])[] = [
    [
      "/.well-known/oauth-authorization-server",
      () => authorizationServerMetadata(server.issuer(), server.features),
    ],
    [
      "/.well-known/openid-configuration",
      () => openidConfiguration(server.issuer(), server.features),
    ],
    ["/oauth2/jwks", () => server.keys.keySet()],
  ];
  for (const [path, document] of documents) {
    addEndpoint(app, path, { methods: ["GET"], isOpen: true }, async () =>
      Response.json(await document()),
    );
  }
}

function addSignIn(app: Hono, server: AuthorizationServer): void {
  const signIn = createSignIn(server);
  addEndpoint(app, "/oauth2/authorize", { methods: ["GET"] }, signIn.authorize);
  const path = "/oauth2/interaction/:id/:state";
  app.get(path, ({ req }) => signIn.showInteraction(req.raw, req.param("id"), req.param("state")));
  app.post(path, ({ req }) =>
    signIn.continueInteraction(req.raw, req.param("id"), req.param("state")),
  );
}

/**
 * Adds an endpoint that answers other methods with 405.
 *
 * `isOpen` lets scripts of any origin call it: such an endpoint goes by what is in the request, never by a cookie.
 */
function addEndpoint(
  app: Hono,
  path: string,
  { isOpen = false, methods }: { readonly methods: readonly Method[]; readonly isOpen?: boolean },
  endpoint: Endpoint,
): void {
  if (isOpen) app.use(path, cors({ origin: "*", exposeHeaders: ["WWW-Authenticate"] }));
  app.on([...methods], path, ({ req }) => endpoint(req.raw));
  const headers = { Allow: methods.join(", ") };
  app.all(path, () => Response.json({ message: "Method Not Allowed" }, { status: 405, headers }));
}
