import { callerFrom } from "../session/caller.js";
import type { MembershipRights, Session } from "../session/session.js";
import type { VerifiedCredential } from "../token/credential-verifier.js";
import type { WorkOS } from "../workos/client.js";
import type { AccessPolicy, TargetKind } from "./access-map.js";
import { decide, isShown, rankOf, type Denial } from "./decide.js";
import { judgeCall, type JudgingContext } from "./judge-call.js";
import type { Shows } from "./lists.js";
import { readMessages, resource, template, type Message, type Target } from "./messages.js";
import { parsePattern } from "./pattern.js";
import { resolveRights, type Needs, type Rights, type RightsSources } from "./rights.js";
import type { CompiledRule } from "./rule.js";
import { createStepUpMemory } from "./step-up.js";

/** One use that was denied. */
export interface Refused {
  readonly denial: Denial;
  readonly message: Message;
  readonly target: Target;
  /** Path of the rule, or undefined when the map does not name the target. */
  readonly rule: string | undefined;
}

/** What becomes of the messages of one request: all of them, or none. */
export type Judgement =
  | {
      readonly kind: "admitted";
      /** What WorkOS said of the caller, when a rule needed it. */
      readonly membership?: MembershipRights;
      /** What lists in the answer may show, when the request asks for one. */
      readonly shows?: Shows;
    }
  | {
      readonly kind: "refused";
      readonly refused: Refused;
      readonly messages: readonly Message[];
      readonly isBatch: boolean;
      /** Every scope the caller was granted. */
      readonly granted: readonly string[];
    }
  /** Nobody parsed the body, so nobody can tell what a dispatcher would find in it. */
  | { readonly kind: "unreadable" };

/** Judges the messages of a request by an access map; never rejects. */
export type AccessControl = (
  credential: VerifiedCredential,
  body: unknown,
) => Judgement | Promise<Judgement>;

/** What access control needs beside the map. */
export interface AccessControlOptions {
  readonly policy: AccessPolicy;
  readonly sources: RightsSources;
  readonly workos: () => WorkOS;
  readonly now: () => number;
  /** Hears what the check of a rule threw. */
  readonly reportCheck: (rule: string, error: unknown) => void;
}

const ADMITTED: Judgement = Object.freeze({ kind: "admitted" });
const UNNAMED: Denial = Object.freeze({ reason: "not_in_access_map" });

/**
 * Makes the access control of a resource server.
 *
 * Every message is judged before any runs, and one denied message denies them all: of
 * several denials the one stands that the caller can do least about, so that nobody is
 * sent to sign in for a batch that would still be denied. A method that uses no tool,
 * resource or prompt, known or not, needs no more than an authenticated caller. Does NOT
 * hold arguments against a tool's schema.
 */
export function createAccessControl({
  policy,
  sources,
  workos,
  now,
  reportCheck,
}: AccessControlOptions): AccessControl {
  const mayHelp = createStepUpMemory(now);
  const { satisfies } = policy;

  const rulesFor = ({
    kind,
    names,
    tool,
    isTemplate,
  }: Target): readonly (CompiledRule | undefined)[] => {
    if (tool !== undefined) return [policy.ruleFor("tool", tool)];
    return isTemplate === true ? [] : names.map((name) => policy.ruleFor(kind, name));
  };

  /** A template stands for many URIs: whoever may use one of them may see it and complete it. */
  const rulesWithin = ({ name }: Target): readonly CompiledRule[] =>
    policy.rulesWithin("resource", parsePattern(name, { isTemplate: true }));

  const shows = (rights: Rights): Shows => {
    const isAllowed = (rule: CompiledRule | undefined): boolean =>
      isShown(decide(rule, rights, satisfies));
    const showsTarget = (target: Target): boolean =>
      target.isTemplate === true
        ? rulesWithin(target).some(isAllowed)
        : rulesFor(target).every(isAllowed);
    return {
      tool: (name) => isAllowed(policy.ruleFor("tool", name)),
      prompt: (name) => isAllowed(policy.ruleFor("prompt", name)),
      resource: (uri) => showsTarget(resource(uri)),
      template: (text) => showsTarget(template(text)),
    };
  };

  const judgeTarget = async (
    message: Message,
    target: Target,
    rights: Rights,
    context: (rule: string) => JudgingContext,
  ): Promise<Refused | undefined> => {
    if (target.isTemplate === true) {
      let nearest: Refused = { denial: UNNAMED, message, target, rule: undefined };
      for (const rule of rulesWithin(target)) {
        const verdict = decide(rule, rights, satisfies);
        if (verdict.kind !== "denied") return undefined;
        const { denial } = verdict;
        if (rankOf(denial) < rankOf(nearest.denial)) {
          nearest = { denial, message, target, rule: rule.path };
        }
      }
      return nearest;
    }
    let worst: Refused | undefined;
    for (const rule of rulesFor(target)) {
      const path = rule?.path;
      const denial = await judgeCall(rule, target, rights, context(path ?? ""));
      if (denial !== undefined) worst = worse(worst, { denial, message, target, rule: path });
    }
    return worst;
  };

  /** Whether anything the caller could do by signing in again would mend it. */
  const settle = async (credential: VerifiedCredential, denial: Denial): Promise<Denial> => {
    if (denial.reason === "insufficient_scope") {
      const { scopes } = denial;
      const canHelp =
        credential.kind === "access-token" && mayHelp(credential, [...scopes].toSorted().join(" "));
      return canHelp ? denial : { reason: "access_missing", missing: { scopes } };
    }
    if (denial.reason === "organization_required") {
      const { organizations } = denial;
      const canHelp =
        credential.kind === "access-token" &&
        (await mayChoose(credential.principal.id, organizations, sources)) &&
        mayHelp(credential, `organization ${organizations.join(" ")}`);
      return canHelp ? denial : { reason: "access_missing", missing: { organizations } };
    }
    return denial;
  };

  return (credential, body) => {
    const messages = readMessages(body);
    if (messages === undefined) return { kind: "unreadable" };
    const listed = policy.lists === "full" ? [] : messages.flatMap(({ lists }) => lists ?? []);
    const uses = messages.flatMap((message) =>
      message.targets.map((target) => ({ message, target })),
    );
    if (uses.length === 0 && listed.length === 0) return ADMITTED;

    const rules = [
      ...uses.flatMap(({ target }) =>
        target.isTemplate === true ? rulesWithin(target) : rulesFor(target),
      ),
      ...listed.flatMap((kind) => rulesOfList(policy, kind)),
    ];
    const needs: Needs = {
      needsMembership: rules.some((rule) => rule?.needsMembership === true),
      needsFeatureFlags: rules.some((rule) => rule?.needsFeatureFlags === true),
    };
    const learned = (rights: Rights): MembershipRights | undefined =>
      needs.needsMembership ? membershipOf(rights) : undefined;
    const admit = (rights: Rights): Judgement => {
      const membership = learned(rights);
      return {
        kind: "admitted",
        ...(membership === undefined ? {} : { membership }),
        ...(listed.length === 0 ? {} : { shows: shows(rights) }),
      };
    };

    const judge = async (rights: Rights): Promise<Judgement> => {
      const context = (rule: string): JudgingContext => ({
        satisfies,
        session: () => sessionOf(credential, learned(rights)),
        workos,
        membershipId: () => membershipIdOf(credential, sources),
        report: (error) => {
          reportCheck(rule, error);
        },
      });
      let worst: Refused | undefined;
      const scopes = new Set<string>();
      for (const { message, target } of uses) {
        const refused = await judgeTarget(message, target, rights, context);
        if (refused === undefined) continue;
        if (refused.denial.reason === "insufficient_scope") {
          for (const scope of refused.denial.scopes) scopes.add(scope);
        }
        worst = worse(worst, refused);
      }
      if (worst === undefined) return admit(rights);
      // One challenge for everything the request needs, whichever message needs it.
      const denial =
        worst.denial.reason === "insufficient_scope"
          ? ({ reason: "insufficient_scope", scopes: [...scopes].toSorted() } as const)
          : worst.denial;
      return {
        kind: "refused",
        refused: { ...worst, denial: await settle(credential, denial) },
        messages,
        isBatch: Array.isArray(body),
        granted: rights.scopes,
      };
    };

    /** The common case without a turn of the event loop: everything known, and nothing to ask. */
    const judgeAtOnce = (rights: Rights): Judgement | Promise<Judgement> => {
      const isAllowed = uses.every(
        ({ target }) =>
          target.isTemplate !== true &&
          rulesFor(target).every((rule) => decide(rule, rights, satisfies).kind === "allowed"),
      );
      return isAllowed ? admit(rights) : judge(rights);
    };

    const rights = resolveRights(credential, needs, sources);
    return rights instanceof Promise ? rights.then(judgeAtOnce) : judgeAtOnce(rights);
  };
}

/** A list of resources has the tools' own UI in it, which follows the tools. */
function rulesOfList(policy: AccessPolicy, kind: TargetKind): readonly CompiledRule[] {
  return kind === "resource"
    ? [...policy.rules("resource"), ...policy.rules("tool")]
    : policy.rules(kind);
}

function worse(one: Refused | undefined, other: Refused): Refused {
  return one === undefined || rankOf(other.denial) > rankOf(one.denial) ? other : one;
}

function membershipOf({ roles, permissions }: Rights): MembershipRights | undefined {
  return roles === undefined || permissions === undefined ? undefined : { roles, permissions };
}

function sessionOf(
  credential: VerifiedCredential,
  membership: MembershipRights | undefined,
): Session | undefined {
  const caller = callerFrom(credential, membership);
  return caller.kind === "user" ? caller.session : undefined;
}

/** The caller's active membership in the organization of the session, `om_…`. */
export async function membershipIdOf(
  credential: VerifiedCredential,
  { memberships }: RightsSources,
): Promise<string | undefined> {
  if (credential.kind === "api-key" || credential.principal.kind !== "user") return undefined;
  const { organizationId } = credential.authkit;
  if (organizationId === undefined) return undefined;
  const found = await memberships.find(credential.principal.id, organizationId);
  if (found.kind === "unavailable") {
    throw new Error("the caller's membership could not be had from the WorkOS API");
  }
  return found.value?.id;
}

/** Whether the person has such an organization to choose; when nobody can tell, it may be tried. */
async function mayChoose(
  userId: string,
  organizations: readonly string[],
  { memberships }: RightsSources,
): Promise<boolean> {
  if (organizations.length === 0) {
    const anywhere = await memberships.belongsAnywhere(userId);
    return anywhere.kind === "unavailable" || anywhere.value;
  }
  for (const organizationId of organizations) {
    const found = await memberships.find(userId, organizationId);
    if (found.kind === "unavailable" || found.value !== undefined) return true;
  }
  return false;
}
