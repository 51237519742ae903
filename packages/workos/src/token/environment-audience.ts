import type { Trail } from "../trail/event.js";
import type { TokenVerifier } from "./token-verifier.js";
import type { Verification, VerifiedToken } from "./verify.js";

/** Reports once that tokens for the whole environment are accepted, and how to end that. */
export function adviseOnAudience(
  verify: TokenVerifier,
  resource: string,
  trail: Trail,
): TokenVerifier {
  let isReported = false;
  const advise = (verification: Verification): Verification => {
    if (!isReported && verification.ok && isAvoidable(verification.token)) {
      isReported = true;
      trail({
        kind: "advice",
        code: "environment_audience",
        detail:
          "a token without a resource indicator was accepted: its audience is the environment client ID, " +
          `so it fits every server of this environment. Add ${resource} under Connect > Configuration > ` +
          'MCP resource indicators, then set audience: "resource" to refuse such tokens',
      });
    }
    return verification;
  };
  return (token) => {
    const verification = verify(token);
    return verification instanceof Promise ? verification.then(advise) : advise(verification);
  };
}

/** An application's token never has a resource indicator, so only a person's is worth a report. */
function isAvoidable({ audience, principal }: VerifiedToken): boolean {
  return audience === "environment" && principal.kind === "user";
}
