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
import {
  membershipIdOf,
  resolveRights,
  type Needs,
  type Rights,
  type RightsSources,
} from "./rights.js";
import type { CompiledRule } from "./rule.js";
import { createSettlement } from "./settlement.js";
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
      readonly messages: readonly Message[];
      /** What the messages use, each with its rules. */
      readonly uses: readonly Use[];
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

const UNNAMED: Denial = Object.freeze({ reason: "not_in_access_map" });

/** One target of one message, with the rules that decide about it. */
export interface Use {
  readonly message: Message;
  readonly target: Target;
  readonly rules: readonly (CompiledRule | undefined)[];
}

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
  const { satisfies } = policy;
  const settle = createSettlement(sources, createStepUpMemory(now));

  return (credential, body) => {
    const messages = readMessages(body);
    if (messages === undefined) return { kind: "unreadable" };
    const uses: Use[] = [];
    const listed: TargetKind[] = [];
    for (const message of messages) {
      for (const target of message.targets) {
        uses.push({ message, target, rules: rulesFor(policy, target) });
      }
      if (message.lists !== undefined && policy.lists === "allowed") listed.push(message.lists);
    }
    if (uses.length === 0 && listed.length === 0) return { kind: "admitted", messages, uses };
    const needs = needsOf(policy, uses, listed);

    const learned = (rights: Rights): MembershipRights | undefined =>
      needs.needsMembership ? membershipOf(rights) : undefined;
    const admit = (rights: Rights): Judgement => {
      const membership = learned(rights);
      return {
        kind: "admitted",
        messages,
        uses,
        ...(membership === undefined ? {} : { membership }),
        ...(listed.length === 0 ? {} : { shows: showsFor(policy, rights) }),
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
      for (const use of uses) {
        const refused = await judgeUse(use, rights, context);
        if (refused === undefined) continue;
        if (refused.denial.reason === "insufficient_scope") {
          for (const scope of refused.denial.scopes) scopes.add(scope);
        }
        worst = worse(worst, refused);
      }
      if (worst === undefined) return admit(rights);
      // One challenge for everything the request needs, whichever message needs it.
      const denial: Denial =
        worst.denial.reason === "insufficient_scope"
          ? { reason: "insufficient_scope", scopes: [...scopes].toSorted() }
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
        ({ target, rules }) =>
          target.isTemplate !== true &&
          rules.every((rule) => decide(rule, rights, satisfies).kind === "allowed"),
      );
      return isAllowed ? admit(rights) : judge(rights);
    };

    const rights = resolveRights(credential, needs, sources);
    return rights instanceof Promise ? rights.then(judgeAtOnce) : judgeAtOnce(rights);
  };
}

/** A template is judged by every rule that a URI it makes could meet, anything else by the rule of each name. */
function rulesFor(
  policy: AccessPolicy,
  { kind, name, names, tool, isTemplate }: Target,
): readonly (CompiledRule | undefined)[] {
  if (tool !== undefined) return [policy.ruleFor("tool", tool)];
  return isTemplate === true
    ? policy.rulesWithin(kind, parsePattern(name, { isTemplate: true }))
    : names.map((one) => policy.ruleFor(kind, one));
}

function needsOf(policy: AccessPolicy, uses: readonly Use[], listed: readonly TargetKind[]): Needs {
  const needs = { needsMembership: false, needsFeatureFlags: false };
  const add = (rule: CompiledRule | undefined): void => {
    needs.needsMembership ||= rule?.needsMembership === true;
    needs.needsFeatureFlags ||= rule?.needsFeatureFlags === true;
  };
  for (const { rules } of uses) rules.forEach(add);
  for (const kind of listed) {
    policy.rules(kind).forEach(add);
    // A list of resources has the tools' own UI in it, which follows the tools.
    if (kind === "resource") policy.rules("tool").forEach(add);
  }
  return needs;
}

/** What a caller with these rights gets to see; by the same decision that a call meets. */
function showsFor(policy: AccessPolicy, rights: Rights): Shows {
  const verdicts = new Map<CompiledRule | undefined, boolean>();
  const isAllowed = (rule: CompiledRule | undefined): boolean => {
    const known = verdicts.get(rule);
    if (known !== undefined) return known;
    const verdict = isShown(decide(rule, rights, policy.satisfies));
    verdicts.set(rule, verdict);
    return verdict;
  };
  return {
    tool: (name) => isAllowed(policy.ruleFor("tool", name)),
    prompt: (name) => isAllowed(policy.ruleFor("prompt", name)),
    resource: (uri) => rulesFor(policy, resource(uri)).every(isAllowed),
    template: (text) => rulesFor(policy, template(text)).some(isAllowed),
  };
}

async function judgeUse(
  { message, target, rules }: Use,
  rights: Rights,
  context: (rule: string) => JudgingContext,
): Promise<Refused | undefined> {
  let worst: Refused | undefined;
  // Whoever may use one URI of a template may complete it, and what is closest to allowed is what to say.
  let nearest: Refused = { denial: UNNAMED, message, target, rule: undefined };
  for (const rule of rules) {
    const path = rule?.path;
    if (target.isTemplate === true) {
      const verdict = decide(rule, rights, context("").satisfies);
      if (verdict.kind !== "denied") return undefined;
      const { denial } = verdict;
      if (rankOf(denial) < rankOf(nearest.denial)) {
        nearest = { denial, message, target, rule: path };
      }
    } else {
      const denial = await judgeCall(rule, target, rights, context(path ?? ""));
      if (denial !== undefined) worst = worse(worst, { denial, message, target, rule: path });
    }
  }
  return target.isTemplate === true ? nearest : worst;
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
