import type { ClientDirectory } from "../clients/client-directory.js";
import type { RegisteredClients } from "../clients/registered-clients.js";
import type { Environment } from "../environment/environment.js";
import type { SigningKeys } from "../keys/signing-keys.js";
import type { Features } from "../seed/seed.js";
import type { AuthorizationCodes } from "./authorization-codes.js";
import type { Consents } from "./consents.js";
import type { GrantFamilies } from "./grant-families.js";

/** The parts that the endpoints of the authorization server share. */
export interface AuthorizationServer {
  /** Asked for at each use: a server that picks a free port learns its issuer only when it listens. */
  readonly issuer: () => string;
  readonly now: () => number;
  readonly features: Features;
  readonly accessTokenLifetime: number;
  readonly environment: Environment;
  readonly keys: SigningKeys;
  readonly clients: ClientDirectory;
  readonly registeredClients: RegisteredClients;
  readonly codes: AuthorizationCodes;
  readonly families: GrantFamilies;
  readonly consents: Consents;
}

/** An endpoint: a request in, a response out; rejects only for a defect of its own. */
export type Endpoint = (request: Request) => Promise<Response>;
