import { fullName, type User } from "../environment/environment.js";

/** The claims about a person that the granted scopes open (OpenID Connect Core section 5.4). */
export function profileClaims(user: User, scopes: readonly string[]): Record<string, unknown> {
  const email = { email: user.email, email_verified: user.emailVerified ?? true };
  const profile = {
    name: fullName(user),
    given_name: user.firstName,
    family_name: user.lastName,
    picture: user.profilePictureUrl,
    locale: user.locale,
  };
  return {
    sub: user.id,
    ...(scopes.includes("email") ? email : {}),
    ...(scopes.includes("profile") ? profile : {}),
  };
}
