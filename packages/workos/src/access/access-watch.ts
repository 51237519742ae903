import { markThrown } from "../session/open-checks.js";
import {
  assertInside,
  findScope,
  type AuthenticatedRequest,
  type CheckedScope,
  type DeniedInside,
} from "../session/store.js";
import type { OrganizationUrl } from "./challenge-policy.js";

/** What else depends on what access answers. */
export interface AccessWatch {
  /** @throws WorkOSAuthError `no_session` when access must not be used here and now. */
  readonly assertOpen: (asked: string) => void;
  readonly scope: CheckedScope;
  /** Receives an error that is about to be thrown. */
  readonly noteThrow: (error: unknown) => void;
  readonly report: (denied: DeniedInside) => void;
  readonly urlOf: OrganizationUrl | undefined;
  /** The kind of what is used; undefined when that is several, or none. */
  readonly usedKind: AuthenticatedRequest["usedKind"];
}

/** Watches what the code of a request, or a check of the access map, asks; what it got answers nowhere else. */
export function watchScope(
  scope: CheckedScope,
  {
    usedKind,
    report,
    urlOf,
  }: Pick<AccessWatch, "usedKind"> & Partial<Pick<AccessWatch, "report" | "urlOf">>,
): AccessWatch {
  return {
    scope,
    assertOpen(asked) {
      try {
        assertInside(scope, asked);
      } catch (error) {
        markThrown(error);
        // Who asks has to obey, not the one that access was resolved for.
        const here = findScope();
        (typeof here === "object" ? here : scope).checks.noteThrow();
        throw error;
      }
    },
    noteThrow(error) {
      markThrown(error);
      scope.checks.noteThrow();
    },
    usedKind,
    report: report ?? (() => undefined),
    urlOf,
  };
}
