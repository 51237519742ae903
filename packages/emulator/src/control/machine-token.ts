import type { AuthorizationServer } from "../oauth/authorization-server.js";
import { issueApplicationToken } from "../oauth/token-response.js";
import { readArgument } from "./arguments.js";
import { findApplication } from "./lookup.js";

/** Issues the token that an application's client credentials grant gives. @throws {EmulatorError} for an unknown one. */
export async function issueMachineToken(
  server: AuthorizationServer,
  name: string,
): Promise<string> {
  const text = readArgument({ application: name }, "machineToken()", (reader) =>
    reader.text("application"),
  );
  const application = findApplication(server.environment, "m2m", text);
  const scopes = application.scopes ?? [];
  return (await issueApplicationToken(server, { ...application, scopes })).access_token;
}
