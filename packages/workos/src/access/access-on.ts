import type { Provider } from "../session/store.js";
import type { Known } from "../workos/answers.js";
import type { Membership } from "../workos/memberships.js";
import type { AccessWatch } from "./access-watch.js";
import type { Denial } from "./decide.js";
import { askPermissionOn, isOutage, readResource } from "./permission-on.js";
import type { Rejections } from "./rejections.js";
import { rightsUnavailable } from "./rights.js";
import type { Access, AuthorizationResource, ResourceAccess } from "./rule.js";

/** Makes `access.on()`: one question to WorkOS at each call, whose answer the watch follows until it is used. */
export function createAccessOn(
  member: Known<Membership | undefined>,
  sources: Pick<Provider, "accessClient" | "reportCheck">,
  watch: AccessWatch,
  { refuse, deny }: Rejections,
): Access["on"] {
  return (permission, given) => {
    watch.assertOpen("access.on()");
    const resource = readResource(given);
    if (typeof permission !== "string" || permission === "" || resource === undefined) {
      return refuse("access.on()", INVALID_QUESTION);
    }
    const answer = findDenialOn(member, permission, resource, sources).then((denied) =>
      toResourceAccess(denied, watch, deny),
    );
    return watch.scope.checks.follow("access.on()", answer);
  };
}

const INVALID_QUESTION =
  "needs the slug of a permission, and a resource: either { resourceId }, or { resourceTypeSlug, resourceExternalId }, each a text of 1 to 1,000 characters";

/** Why the caller has no permission on a resource, and what kept WorkOS from being asked. */
interface DeniedOn {
  readonly denial: Denial;
  readonly cause?: unknown;
}

async function findDenialOn(
  member: Known<Membership | undefined>,
  permission: string,
  resource: AuthorizationResource,
  { accessClient, reportCheck }: Pick<Provider, "accessClient" | "reportCheck">,
): Promise<DeniedOn | undefined> {
  try {
    if (member.kind === "unavailable") throw rightsUnavailable();
    const isAllowed =
      member.value !== undefined &&
      (await askPermissionOn(accessClient(), member.value.id, permission, resource));
    if (isAllowed) return undefined;
    const missing = { permissions: [permission] } as const;
    return { denial: { reason: "access_missing", missing, resource } };
  } catch (cause) {
    reportCheck("access.on()", cause);
    return { denial: { reason: isOutage(cause) ? "access_unavailable" : "check_failed" }, cause };
  }
}

function toResourceAccess(
  denied: DeniedOn | undefined,
  watch: AccessWatch,
  deny: Rejections["deny"],
): ResourceAccess {
  const { checks } = watch.scope;
  const use = (asked: string): void => {
    watch.assertOpen(asked);
    checks.useAnswerOn(answer);
  };
  // Not enumerable: to log, copy or serialize an answer is no use of it.
  const answer = Object.create(null, {
    isAllowed: {
      get: () => {
        use("isAllowed");
        if (denied?.cause !== undefined) deny(denied.denial, "", denied.cause);
        return denied === undefined;
      },
    },
    require: {
      value: () => {
        use("require()");
        if (denied !== undefined) deny(denied.denial, "", denied.cause);
      },
    },
  }) as ResourceAccess;
  checks.noteAnswerOn(answer);
  return Object.freeze(answer);
}
