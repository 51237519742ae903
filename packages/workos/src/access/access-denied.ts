import { shareAcrossCopies, WorkOSAuthError } from "../errors.js";
import type { Requirements } from "./rule.js";

/**
 * Thrown by `require()`: the caller may not. Let it leave the tool: the message is written for the caller, and becomes
 * the tool's answer.
 */
export class AccessDeniedError extends WorkOSAuthError {
  /** The name of the class. */
  override readonly name: string = "AccessDeniedError";
  /** The reason id, as in the trail: `permission_missing`, `role_missing`, … */
  readonly reason: string;
  /** What the caller lacks, as requirements that it does not meet; empty when that cannot be said. */
  readonly missing: Partial<Requirements>;

  static {
    shareAcrossCopies(this, "AccessDeniedError");
  }

  constructor(
    message: string,
    reason: string,
    missing: Partial<Requirements>,
    options?: { readonly cause?: unknown },
  ) {
    super("access_denied", message, options);
    this.reason = reason;
    this.missing = Object.freeze({ ...missing });
  }
}
