/**
 * Where an app declares its names and the type of its custom claims, once. `npx @xmcp-dev/workos types` writes
 * the names; what is not registered stays `string`.
 *
 * ```ts
 * declare module "@xmcp-dev/workos" {
 *   interface Register {
 *     tools: "list_tickets" | "refund";
 *     permissions: "tickets:read" | "refunds:create";
 *     claims: z.output<typeof claims>;
 *   }
 * }
 * ```
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- filled by module augmentation
export interface Register {}

type NameKind = "tools" | "prompts" | "permissions" | "roles" | "featureFlags";

/** The names of a kind that an app registered, or every string. A registration of another type is named in the error. */
type RegisteredName<Kind extends NameKind> = Register extends {
  readonly [Key in Kind]: infer Names;
}
  ? [Names] extends [string]
    ? Names
    : `Register.${Kind} must be a union of string literals`
  : string;

/** A tool that was registered, or every string. */
export type ToolName = RegisteredName<"tools">;
/** A prompt that was registered, or every string. */
export type PromptName = RegisteredName<"prompts">;
/** A permission that was registered, or every string. */
export type PermissionSlug = RegisteredName<"permissions">;
/** A role that was registered, or every string. */
export type RoleSlug = RegisteredName<"roles">;
/** A feature flag that was registered, or every string. */
export type FeatureFlagSlug = RegisteredName<"featureFlags">;

/** The custom claims an app registered, or none. */
export type CustomClaims = Register extends { claims: infer Claims } ? Claims : unknown;

/** Values by registered names; by every string while no name is registered. */
export type ByExactName<Name extends string, Value> = string extends Name
  ? Readonly<Record<string, Value>>
  : { readonly [Key in Name]?: Value };

/** Values by registered names and by patterns with `*`; by every string while no name is registered. */
export type ByName<Name extends string, Value> = ByExactName<Name, Value> & {
  readonly [pattern: `${string}*${string}`]: Value;
};
