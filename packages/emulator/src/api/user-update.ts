import type { User } from "../environment/environment.js";
import type { FieldError } from "./api-error.js";

export type UserUpdate =
  | { readonly ok: true; readonly changes: Partial<User> }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

const metadataLimit = 10;
const textFields = {
  name: "name",
  first_name: "firstName",
  last_name: "lastName",
  locale: "locale",
  external_id: "externalId",
} as const;

/** Reads the body of `PUT /user_management/users/:id`; fields that the emulator has no use for (a password) are ignored. */
export function readUserUpdate(user: User, body: Readonly<Record<string, unknown>>): UserUpdate {
  const changes: { -readonly [Field in keyof User]?: User[Field] } = {};
  const errors: FieldError[] = [];
  for (const [field, property] of Object.entries(textFields)) {
    const value = body[field];
    if (value === undefined || value === null) continue;
    if (typeof value === "string") changes[property] = value;
    else errors.push({ field, code: "must_be_string" });
  }
  const email = body["email"];
  if (typeof email === "string" && /^[^\s@]+@[^\s@]+$/u.test(email)) changes.email = email;
  else if (email !== undefined) errors.push({ field: "email", code: "email_invalid" });
  const verified = body["email_verified"];
  if (typeof verified === "boolean") changes.emailVerified = verified;
  else if (verified !== undefined)
    errors.push({ field: "email_verified", code: "must_be_boolean" });
  if (body["metadata"] !== undefined) {
    const metadata = mergeMetadata(user.metadata ?? {}, body["metadata"]);
    if (metadata === undefined) errors.push({ field: "metadata", code: "metadata_invalid" });
    else changes.metadata = metadata;
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, changes };
}

// WorkOS merges metadata: a key that is left out stays, a key that is null goes.
function mergeMetadata(
  current: Readonly<Record<string, string>>,
  update: unknown,
): Record<string, string> | undefined {
  if (typeof update !== "object" || update === null || Array.isArray(update)) return undefined;
  const merged: Record<string, unknown> = { ...current, ...update };
  const kept = Object.entries(merged).filter(([, value]) => value !== null);
  const isValid =
    kept.length <= metadataLimit && kept.every(([, value]) => typeof value === "string");
  return isValid ? (Object.fromEntries(kept) as Record<string, string>) : undefined;
}
