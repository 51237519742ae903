/** What a person allowed a client to do: the content of a code. */
export interface Approval {
  readonly clientId: string;
  readonly userId: string;
  readonly organizationId: string | undefined;
  readonly consentId: string;
  readonly scopes: readonly string[];
}

/** An approval and the one whom its tokens are for: the content of every token that descends from a code. */
export interface Grant extends Approval {
  readonly audience: string;
}
