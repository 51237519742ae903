/** What a person allowed a client to do: the content of a code, and of every token that descends from it. */
export interface Grant {
  readonly clientId: string;
  readonly userId: string;
  readonly organizationId: string | undefined;
  readonly consentId: string;
  readonly scopes: readonly string[];
  readonly audience: string;
}
