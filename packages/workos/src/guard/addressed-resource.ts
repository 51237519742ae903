import type { StepUpMemory } from "../access/step-up.js";
import { ORGANIZATION_ID } from "../authkit/claims.js";
import { protectedResourceMetadataUrl } from "../standards/protected-resource.js";
import { pathReadings } from "../standards/uri.js";
import { stripTrailingSlashes } from "../standards/url.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import type { Refusal } from "./refusal.js";

/** The protected resource that a request addresses. */
export interface Place {
  /** Resource identifier (RFC 8707 §2). */
  readonly resource: string;
  /** Absolute URL of its metadata (RFC 9728 §3.1). */
  readonly resourceMetadata: string;
  /** The organization that the URL selects, if it does. */
  readonly organizationId: string | undefined;
  /** Whether an audience means another place of this server. */
  readonly isElsewhere: (audience: string) => boolean;
  /** The resource of another organization, where the URL selects one. */
  readonly urlOf?: (organizationId: string) => string;
}

/** Finds the resource a path addresses; undefined when the path selects something that cannot be. */
export type Locate = (path: string) => Place | undefined;

/** What stands between the endpoint and the ID of an organization. */
const SEGMENT = "/o/";

/** How every path of an organization continues, wherever it is mounted and however a router compares. */
const ANY_ORGANIZATION = "/o/org_";

/**
 * A path whose characters all routers read as they are (RFC 3986 §3.3). An absolute target (RFC 9112 §3.2.2) is none:
 * its path a router finds by rules of its own, as it does after a backslash or a fragment.
 */
const PLAIN_PATH = /^\/[\w\-.~!$&'()*+,;=:@%/]*$/;

/**
 * Makes the map from paths to protected resources.
 *
 * There is one, whatever the path, unless organizations are selected in the URL: then
 * `<endpoint>/o/<org_…>` is a resource of its own for every organization, compared byte by
 * byte. Anything else that a router could read as below the endpoint, in any spelling and under
 * any prefix, is nowhere, as is a path that routers read differently. Does NOT know
 * whether the organization exists. The path never decides whether a token is needed.
 *
 * @param resources every identifier that means the server as a whole.
 */
export function createLocate({
  resource,
  resources,
  endpoint,
  organizationInPath,
}: {
  readonly resource: string;
  readonly resources: ReadonlySet<string>;
  readonly endpoint: string;
  readonly organizationInPath: boolean;
}): Locate {
  const isOfOrganization = (audience: string): boolean =>
    organizationInPath && isOrganizationResource(audience, resource);
  const home = createPlace(resource, undefined, isOfOrganization);
  if (!organizationInPath) return () => home;
  // Behind a proxy that strips a prefix the path is the endpoint, otherwise that of the resource.
  const roots = [...new Set([new URL(resource).pathname, endpoint].map(stripTrailingSlashes))];

  const below = (rest: string): Place | undefined => {
    if (rest === "" || rest === "/") return home;
    const organizationId = rest.slice(SEGMENT.length);
    if (!rest.startsWith(SEGMENT) || !ORGANIZATION_ID.test(organizationId)) return undefined;
    const urlOf = (id: string): string => `${resource}${SEGMENT}${id}`;
    const own = urlOf(organizationId);
    const isElsewhere = (audience: string): boolean =>
      audience !== own && (resources.has(audience) || isOfOrganization(audience));
    return { ...createPlace(own, organizationId, isElsewhere), urlOf };
  };

  // A router that ignores letter case takes "/MCP" for the endpoint, where it selects nothing.
  const beginnings = roots.map((root) => `${root.toLowerCase()}/`);
  const isNowhereBelow = (reading: string): boolean =>
    !reading.includes(ANY_ORGANIZATION) &&
    beginnings.every(
      (one) => !reading.includes(one) || reading.indexOf(one) === reading.length - one.length,
    );

  return (path) => {
    if (!PLAIN_PATH.test(path)) return undefined;
    for (const root of roots) {
      if (path === root || path.startsWith(`${root}/`)) return below(path.slice(root.length));
    }
    return pathReadings(path)?.every(isNowhereBelow) === true ? home : undefined;
  };
}

/** Returns whether an audience is the resource of an organization that the URL of this server can select. */
export function isOrganizationResource(member: string, resource: string): boolean {
  const prefix = `${resource}${SEGMENT}`;
  return member.startsWith(prefix) && ORGANIZATION_ID.test(member.slice(prefix.length));
}

/** The organization that a credential acts in, if any. */
export function findOrganization(credential: VerifiedCredential): string | undefined {
  return credential.kind === "api-key"
    ? credential.key.organizationId
    : credential.authkit.organizationId;
}

/**
 * Returns why a good credential is not good at this place: its audience is the resource of an
 * organization other than the selected one, or it acts in another organization.
 *
 * Sends a client to sign in again once. When the newer token is for the wrong organization
 * too, signing in does not help, and the refusal has no challenge.
 */
export function placeRefusal(
  credential: VerifiedCredential,
  { organizationId, isElsewhere }: Place,
  mayHelp: StepUpMemory["shouldChallenge"],
): Refusal | undefined {
  if (credential.kind === "access-token") {
    const { aud } = credential.claims;
    if ((typeof aud === "string" ? [aud] : aud).some(isElsewhere)) {
      return { reason: "wrong_audience", hint: "another organization's resource" };
    }
  }
  if (organizationId === undefined || findOrganization(credential) === organizationId) {
    return undefined;
  }
  const isWorthIt =
    credential.kind === "access-token" && mayHelp(credential, { organizations: [organizationId] });
  return { reason: isWorthIt ? "wrong_organization" : "organization_refused" };
}

function createPlace(
  resource: string,
  organizationId: string | undefined,
  isElsewhere: Place["isElsewhere"],
): Place {
  const resourceMetadata = protectedResourceMetadataUrl(resource);
  return Object.freeze({ resource, resourceMetadata, organizationId, isElsewhere });
}

/** Picks what a request addressed. */
export function reached({ resource, urlOf }: Place): Pick<Place, "resource" | "urlOf"> {
  return { resource, ...(urlOf === undefined ? {} : { urlOf }) };
}
