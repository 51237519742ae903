/**
 * The grammar of access rules a second time, from the words of docs/access.md alone: naive, recursive, with sets.
 * It shares no code with what it judges.
 */

/** A caller, and what is true of it. */
export interface Facts {
  readonly kind: "user" | "application" | "api-key";
  readonly organization: string | undefined;
  readonly permissions: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  readonly scopes: ReadonlySet<string>;
  readonly flags: ReadonlySet<string>;
}

export type OracleRule = "authenticated" | "denied" | OracleCondition;
export interface OracleCondition {
  readonly permissions?: readonly string[];
  readonly scopes?: readonly string[];
  readonly featureFlags?: readonly string[];
  readonly role?: string | readonly string[];
  readonly organization?: string | readonly string[];
  readonly caller?: string | readonly string[];
  readonly check?: unknown;
  readonly anyOf?: readonly OracleCondition[];
}

/** What a check says of this call. */
export type Answer = (check: unknown) => boolean;

const list = (value: string | readonly string[]): readonly string[] =>
  typeof value === "string" ? [value] : value;

/** "A caller meets it who meets each of its keys." */
export function meets(rule: OracleRule, facts: Facts, answer: Answer): boolean {
  if (rule === "authenticated") return true;
  if (rule === "denied") return false;
  return Object.entries(rule).every(([key, value]) => {
    switch (key as keyof OracleCondition) {
      // A plural key needs all of its list.
      case "permissions":
        return (value as string[]).every((slug) => facts.permissions.has(slug));
      case "scopes":
        return (value as string[]).every((scope) => facts.scopes.has(scope));
      case "featureFlags":
        return (value as string[]).every((slug) => facts.flags.has(slug));
      // A singular key needs any of it.
      case "role":
        return list(value as string).some((slug) => facts.roles.has(slug));
      case "organization":
        return value === "required"
          ? facts.organization !== undefined
          : list(value as string).some((id) => id === facts.organization);
      case "caller":
        return list(value as string).some((kind) => kind === facts.kind);
      case "check":
        return answer(value);
      // At least one must be met as well.
      case "anyOf":
        return (value as OracleCondition[]).some((one) => meets(one, facts, answer));
    }
  });
}

/** The rule of a name: exact, else of the pattern with the most letters; none when nothing names it. */
export function ruleOf(
  rules: Readonly<Record<string, OracleRule>>,
  name: string,
): OracleRule | undefined {
  const letters = (key: string): number => key.replaceAll("*", "").length;
  const fitting = Object.keys(rules).filter((key) =>
    key.includes("*")
      ? new RegExp(`^${key.split("*").map(escape).join(".*")}$`, "s").test(name)
      : key === name,
  );
  const exact = fitting.find((key) => !key.includes("*"));
  const [longest] = fitting.toSorted((one, other) => letters(other) - letters(one));
  const key = exact ?? longest;
  return key === undefined ? undefined : rules[key];
}

const escape = (text: string): string => text.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&");
