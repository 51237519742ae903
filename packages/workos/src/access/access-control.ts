import { andThen } from "../standards/and-then.js";
import { callerFrom } from "../session/caller.js";
import type { CallerKind } from "../standards/caller-kind.js";
import type { VerifiedCredential } from "../credential/verify-credential.js";
import type { WorkOS } from "../workos/client.js";
import { createAccessSource, type AccessSource, type AccessSources } from "./access.js";
import type { AccessWatch } from "./access-watch.js";
import type { AccessPolicy, TargetKind } from "./access-map.js";
import {
  budgetKey,
  MAX_CHECKS_AT_ONCE,
  MAX_CHECKS_PER_REQUEST,
  MAX_CHECKS_WAITING,
} from "./budget.js";
import { decide, isShown, denialRank, type Denial } from "./decide.js";
import { judgeCall, type Judged } from "./judge-call.js";
import type { Shows } from "./filter-lists.js";
import { readMessages, resource, toolOfUi, type Message, type Target } from "./messages.js";
import { collectNeeds } from "./needs.js";
import { overlap, parsePattern, type Pattern } from "./pattern.js";
import { resolveRights, whoIs, type Rights, type RightsSources } from "./rights.js";
import type { CompiledRule } from "./rule.js";
import { createChallengePolicy, type OrganizationUrl } from "./challenge-policy.js";
import type { StepUpMemory } from "./step-up.js";
import { createTurns } from "./turns.js";
import { parseTemplate } from "./uri-pattern.js";

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
      /** What lists in the answer may show, when the request asks for one. */
      readonly shows?: Shows;
    }
  | {
      readonly kind: "refused";
      /** What the answer is about. */
      readonly refused: Refused;
      /** What else was denied. */
      readonly further: readonly Refused[];
      readonly messages: readonly Message[];
      readonly isBatch: boolean;
      /** Every scope the caller was granted. */
      readonly granted: readonly string[];
    }
  /** A message names nothing where MCP requires a name, so that there is nothing to judge. */
  | { readonly kind: "unnamed" }
  /** The body was not parsed, so it is not known what a dispatcher would find in it. */
  | { readonly kind: "unreadable" }
  /** Not judged to the end, and nothing of it may run. */
  | { readonly kind: "stopped"; readonly reason: Stop };

/** Why judging stopped: what it takes is over the budget, or its client is not there any more. */
export type Stop = "too_many_checks" | "checks_waiting" | "client_left";

/** Judges the messages of a request by an access map; never rejects. */
export type AccessControl = (
  credential: VerifiedCredential,
  body: unknown,
  /** Given where the URL selects the caller's organization. */
  urlOf?: OrganizationUrl,
  /** Whether the client has left, so that no answer is awaited. */
  isGone?: () => boolean,
) => Judgement | Promise<Judgement>;

/** What access control needs beside the map. */
export interface AccessControlOptions {
  readonly policy: AccessPolicy;
  readonly sources: RightsSources;
  readonly workos: () => WorkOS;
  /** Decides whether a token is challenged for what it lacks. */
  readonly mayHelp: StepUpMemory["shouldChallenge"];
  /** Called with what the check of a rule threw. */
  readonly reportCheck: (rule: string, error: unknown) => void;
  /** The kinds of caller that the server accepts. */
  readonly callers: ReadonlySet<CallerKind>;
}

/** One target of one message, with the rules that decide about it. */
export interface Use {
  readonly message: Message;
  readonly target: Target;
  /** One for each of the target's names, in their order. */
  readonly rules: readonly (CompiledRule | undefined)[];
}

/** Longest text that is taken for a URI template, in characters. */
const LONGEST_TEMPLATE = 2_000;

/**
 * Makes the access control of a resource server.
 *
 * Every message is judged before any runs, and one denied message denies them all: of
 * several denials the one stands that the caller can do least about, so that no client is
 * sent to sign in for a batch that would still be denied. A method that uses no tool,
 * resource or prompt, known or not, needs no more than an authenticated caller. Does NOT
 * hold arguments against a tool's schema.
 */
export function createAccessControl({
  policy,
  sources,
  workos,
  mayHelp,
  reportCheck,
  callers,
}: AccessControlOptions): AccessControl {
  const { satisfies } = policy;
  const chooseChallenge = createChallengePolicy(sources, mayHelp);
  // What its checks ask in vain is reported once, with the rule that they are of.
  const accessSources: AccessSources = {
    ...sources,
    callers,
    satisfies,
    accessClient: workos,
    reportCheck: () => undefined,
  };
  const turns = createTurns(MAX_CHECKS_AT_ONCE, MAX_CHECKS_WAITING);

  return (credential, body, urlOf, isGone = () => false) => {
    const messages = readMessages(body);
    if (messages === undefined) return { kind: "unreadable" };
    if (messages.some(isUnnamed)) return { kind: "unnamed" };
    const uses: Use[] = [];
    const listed: TargetKind[] = [];
    for (const message of messages) {
      for (const target of message.targets) {
        uses.push({ message, target, rules: rulesFor(policy, target) });
      }
      if (message.lists !== undefined && policy.lists === "allowed") listed.push(message.lists);
    }
    if (uses.length === 0 && listed.length === 0) return { kind: "admitted", messages, uses };
    const needs = collectNeeds(collectRules(policy, uses, listed), whoIs(credential));
    const access = (watch: AccessWatch): AccessSource =>
      createAccessSource(credential, accessSources, watch);

    const admit = (rights: Rights): Judgement => ({
      kind: "admitted",
      messages,
      uses,
      ...(listed.length === 0 ? {} : { shows: showsFor(policy, rights) }),
    });

    /** Asks in turns, until the first denial: it decides. */
    const ask = async (
      questions: readonly Question[],
      rights: Rights,
    ): Promise<readonly Refused[] | Stop> => {
      const checks = questions.reduce((sum, one) => sum + one.checks, 0);
      if (checks > MAX_CHECKS_PER_REQUEST) return "too_many_checks";
      const caller = budgetKey(credential);
      if (!turns.hasRoomFor(caller, questions.length)) return "checks_waiting";
      const denied: Refused[] = [];
      const askOne = async ({ rule, judged, uses: asking }: Question): Promise<void> => {
        if (denied.length > 0 || isGone()) return;
        const denial = await judgeCall(rule, judged, rights, {
          satisfies,
          caller: () => callerFrom(credential),
          workos,
          access,
          report: (error) => {
            reportCheck(rule.path, error);
          },
        });
        if (denial === undefined) return;
        denied.push(...asking.map((use) => ({ ...use, denial, rule: rule.path })));
      };
      await Promise.all(questions.map((one) => turns.run(caller, () => askOne(one))));
      return denied;
    };

    const judge = async (rights: Rights): Promise<Judgement> => {
      const { denied, questions } = weigh(uses, rights, satisfies);
      // Nothing is asked about a request that is denied anyway; a challenge has to wait for what no sign-in changes.
      if (denied.every(({ denial }) => isChallenge(denial))) {
        const answered = await ask(questions, rights);
        if (typeof answered === "string") return { kind: "stopped", reason: answered };
        denied.push(...answered);
      }
      if (isGone()) return { kind: "stopped", reason: "client_left" };
      const [first, ...others] = denied;
      if (first === undefined) return admit(rights);
      const worst = others.reduce(worse, first);
      return {
        kind: "refused",
        refused: {
          ...worst,
          denial: await chooseChallenge(credential, together(worst, denied), urlOf),
        },
        further: denied.filter((one) => one !== worst),
        messages,
        isBatch: Array.isArray(body),
        granted: rights.scopes,
      };
    };

    /** The common case without a turn of the event loop: everything known, and nothing to ask. */
    const judgeAtOnce = (rights: Rights): Judgement | Promise<Judgement> => {
      const isAllowed = uses.every(({ rules }) =>
        rules.every((rule) => decide(rule, rights, satisfies).kind === "allowed"),
      );
      return isAllowed ? admit(rights) : judge(rights);
    };

    const rights = resolveRights(credential, needs, sources);
    return andThen(rights, judgeAtOnce);
  };
}

/** Whether a message uses something that it does not name; a dispatcher refuses it (MCP, the methods' schemas). */
export function isUnnamed({ targets }: Message): boolean {
  return targets.some(({ name }) => name === "");
}

/** What the checks of one rule decide about one name, for every use that depends on it. */
interface Question {
  readonly rule: CompiledRule;
  readonly judged: Judged;
  /** How many checks there are to ask. */
  readonly checks: number;
  readonly uses: Pick<Use, "message" | "target">[];
}

/**
 * Decides all that can be decided without asking anything: the denials that are certain, and what is left to checks.
 * A resource that is named twice is one question; calls of a tool are told apart by their arguments, and never joined.
 */
function weigh(
  uses: readonly Use[],
  rights: Rights,
  satisfies: AccessPolicy["satisfies"],
): { readonly denied: Refused[]; readonly questions: readonly Question[] } {
  const denied: Refused[] = [];
  const questions = new Map<unknown, Question>();
  for (const { message, target, rules } of uses) {
    const verdicts = rules.map((rule) => ({ rule, verdict: decide(rule, rights, satisfies) }));
    const certain = verdicts.flatMap(({ rule, verdict }) =>
      verdict.kind === "denied"
        ? [{ denial: verdict.denial, message, target, rule: rule?.path }]
        : [],
    );
    const [first, ...others] = certain;
    if (first !== undefined) {
      denied.push(others.reduce(worse, first));
      continue;
    }
    for (const [index, { rule, verdict }] of verdicts.entries()) {
      if (verdict.kind !== "checks" || rule === undefined) continue;
      const judged = { ...target, name: target.names[index] ?? target.name };
      const key = target.kind === "resource" ? `${rule.path} ${judged.name}` : judged;
      const known = questions.get(key);
      if (known !== undefined) known.uses.push({ message, target });
      else {
        const checks = new Set(verdict.checks.flat()).size;
        questions.set(key, { rule, judged, checks, uses: [{ message, target }] });
      }
    }
  }
  return { denied, questions: [...questions.values()] };
}

/** Whether a denial may become a challenge to sign in. */
function isChallenge({ reason }: Denial): boolean {
  return reason === "insufficient_scope" || reason === "organization_required";
}

/**
 * The rule of each name; a tool's UI has that of its tool, and a template those that cover it as a whole.
 *
 * What is dispatched is one of the names, so that none may be left out.
 */
function rulesFor(
  policy: AccessPolicy,
  { kind, name, names, isUncertain, isTemplate }: Target,
): readonly (CompiledRule | undefined)[] {
  if (isUncertain === true) return [undefined];
  if (isTemplate === true) {
    const parts = splitTemplate(name);
    // The star of a template is a letter that only a star of the rule's pattern can take.
    return parts.length === 0
      ? [undefined]
      : parts.map((part) => policy.ruleFor(part.kind, part.pattern.text));
  }
  if (kind !== "resource") return names.map((one) => policy.ruleFor(kind, one));
  return names.map((one) => {
    const tool = toolOfUi(one);
    return tool === undefined ? policy.ruleFor(kind, one) : policy.ruleFor("tool", tool);
  });
}

const TOOL_UIS = parsePattern("ui://app/*.html");
const EVERY_TOOL = parsePattern("*");

/** Names that the rules of one kind decide about. */
interface TemplatePart {
  readonly kind: TargetKind;
  readonly pattern: Pattern;
}

/**
 * Splits a template by whose rules decide about its URIs: those of resources, or of the tools whose UI they are.
 * No part when it is longer than any template that a server has.
 */
function splitTemplate(template: string): readonly TemplatePart[] {
  if (template.length > LONGEST_TEMPLATE) return [];
  return parseTemplate(template).flatMap((pattern): readonly TemplatePart[] => {
    const tool = toolOfUi(pattern.text);
    if (tool !== undefined) return [{ kind: "tool", pattern: parsePattern(tool) }];
    return overlap(pattern, TOOL_UIS)
      ? [
          { kind: "resource", pattern },
          { kind: "tool", pattern: EVERY_TOOL },
        ]
      : [{ kind: "resource", pattern }];
  });
}

/** Every rule that a request may be judged by. */
function collectRules(
  policy: AccessPolicy,
  uses: readonly Use[],
  listed: readonly TargetKind[],
): readonly (CompiledRule | undefined)[] {
  const [use, another] = uses;
  // Nearly every request uses one thing.
  if (use !== undefined && another === undefined && listed.length === 0) return use.rules;
  return [
    ...uses.flatMap(({ rules }) => rules),
    ...listed.flatMap((kind) => policy.rules(kind)),
    // A list of resources has the tools' own UI in it, which follows the tools.
    ...(listed.includes("resource") ? policy.rules("tool") : []),
  ];
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
    // A template is shown to a caller who may read one of its URIs.
    template: (text) =>
      splitTemplate(text).some(({ kind, pattern }) =>
        policy.rulesWithin(kind, pattern).some(isAllowed),
      ),
  };
}

function worse(one: Refused, other: Refused): Refused {
  return denialRank(other.denial) > denialRank(one.denial) ? other : one;
}

/** One challenge for everything the request needs, whichever message needs it. */
function together({ denial }: Refused, all: readonly Refused[]): Denial {
  if (denial.reason !== "insufficient_scope") return denial;
  const scopes = all.flatMap((one) =>
    one.denial.reason === "insufficient_scope" ? one.denial.scopes : [],
  );
  const { otherwise } = denial;
  return {
    reason: "insufficient_scope",
    scopes: [...new Set(scopes)].toSorted(),
    ...(otherwise === undefined || all.length > 1 ? {} : { otherwise }),
  };
}
