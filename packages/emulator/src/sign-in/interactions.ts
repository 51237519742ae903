import { createHmac } from "node:crypto";
import type { AuthorizationRequest } from "../oauth/authorization-request.js";
import { createSeal } from "../secrets/seal.js";
import { createSecret, isSameSecret } from "../secrets/secret.js";
import { createExpiringMap } from "../store/expiring-map.js";

const interactionLifetime = 10 * 60_000;
const decisionLimit = 10_000;
// Node refuses a request whose line and header fields have more than 16 KiB; a browser's own fields need the rest.
const stateLimit = 12 * 1024;

/** One person on the way from the authorization request to a decision; replaced, never changed in place. */
export interface Interaction {
  readonly id: string;
  /** In milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly request: AuthorizationRequest;
  readonly userId?: string | undefined;
  /** Known once the person chose, had one to choose from, or has none (then without `id`). */
  readonly organization?: { readonly id: string | undefined } | undefined;
}

/**
 * Interactions in progress: ten minutes, one decision.
 *
 * How far a person came is encrypted in the address of the page and stored nowhere, so the requests of others cannot
 * push it out. Only the ids of decisions are stored; a flood of those gives no more than a second decision to the
 * browser that made the first.
 */
export interface Interactions {
  start(request: AuthorizationRequest): Interaction;
  /** The last two segments of an interaction's address: its id and its encrypted state. */
  addressOf(interaction: Interaction): string;
  find(id: string, state: string): Interaction | undefined;
  /** Ends an interaction; false when it has ended before. */
  finish(interaction: Interaction): boolean;
  /** The secret in the form, so that another site cannot post it. */
  formToken(interaction: Interaction): string;
  /** The secret in a cookie, so that the form works only in the browser that asked for it. */
  browserToken(interaction: Interaction): string;
}

/** Creates the interactions of one emulator, under keys of its own. */
export function createInteractions(now: () => number): Interactions {
  const seal = createSeal();
  const tokenKey = createSecret();
  const decided = createExpiringMap<true>({ limit: decisionLimit, now });
  const tokenOf = (purpose: string, { id }: Interaction): string =>
    createHmac("sha256", tokenKey).update(`${purpose}.${id}`).digest("base64url");

  return {
    start: (request) => ({ id: createSecret(), expiresAt: now() + interactionLifetime, request }),
    addressOf: (interaction) => `${interaction.id}/${seal.close(interaction, interaction.id)}`,
    find(id, state) {
      // Only what this process sealed under this id opens, so its form needs no check.
      const interaction = seal.open(state, id) as Interaction | undefined;
      const isOpen = interaction !== undefined && interaction.expiresAt > now();
      return isOpen && decided.get(id) === undefined ? interaction : undefined;
    },
    finish({ id, expiresAt }) {
      if (decided.get(id) !== undefined) return false;
      decided.set(id, true, expiresAt);
      return true;
    },
    formToken: (interaction) => tokenOf("form", interaction),
    browserToken: (interaction) => tokenOf("browser", interaction),
  };
}

/** Returns whether an address is short enough for a browser's request. */
export function isUsableAddress(address: string): boolean {
  return address.length <= stateLimit;
}

// One cookie for each interaction, sent to its own address only: two tabs cannot get in each other's way.
function cookieName({ id }: Interaction): string {
  return `authkit-${id.slice(0, 16)}`;
}

export function interactionPath(interactions: Interactions, interaction: Interaction): string {
  return `/oauth2/interaction/${interactions.addressOf(interaction)}`;
}

export function cookieFor(
  interactions: Interactions,
  interaction: Interaction,
  issuer: string,
): string {
  const attributes = [
    `Path=/oauth2/interaction/${interaction.id}`,
    "HttpOnly",
    "SameSite=Lax",
    "Max-Age=600",
  ];
  if (issuer.startsWith("https:")) attributes.push("Secure");
  const value = interactions.browserToken(interaction);
  return [`${cookieName(interaction)}=${value}`, ...attributes].join("; ");
}

/** Returns whether a request comes from the browser that started the interaction. */
export function isSameBrowser(
  interactions: Interactions,
  interaction: Interaction,
  cookieHeader: string | null,
): boolean {
  const pairs = (cookieHeader ?? "").split(";").map((pair) => pair.trim());
  const prefix = `${cookieName(interaction)}=`;
  const value = pairs.find((pair) => pair.startsWith(prefix))?.slice(prefix.length);
  return value !== undefined && isSameSecret(value, interactions.browserToken(interaction));
}
