export type SecretMethod = "client_secret_basic" | "client_secret_post";
export type TokenEndpointAuthMethod = SecretMethod | "none";
export type GrantType = "authorization_code" | "refresh_token" | "client_credentials";

/** How a client proves who it is at the token endpoint. */
export type ClientCredentials =
  | { readonly kind: "public" }
  | {
      readonly kind: "confidential";
      readonly secret: string;
      readonly methods: readonly SecretMethod[];
    };

/** What an authorization needs to know of its client. */
export type ClientIdentity = Pick<Client, "id" | "name" | "origin">;

/** A client as the authorization server knows it, whichever way it became known. */
export interface Client {
  readonly id: string;
  readonly origin: "dashboard" | "dynamic-registration" | "metadata-document" | "machine";
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly grantTypes: readonly GrantType[];
  readonly credentials: ClientCredentials;
  /** Of a machine: the organization it acts for, and the scopes it may ask for. */
  readonly machine?: { readonly organizationId: string; readonly scopes: readonly string[] };
}
