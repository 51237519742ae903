import type { AuthorizationRequest } from "../oauth/authorization-request.js";
import { createSecret, isSameSecret } from "../secrets/secret.js";
import { createExpiringMap } from "../store/expiring-map.js";

const interactionLimit = 1_000;
const interactionLifetime = 10 * 60_000;

/** One person on the way from the authorization request to a decision; replaced, never changed in place. */
export interface Interaction {
  readonly id: string;
  /** In the form, so that another site cannot post it. */
  readonly formToken: string;
  /** In a cookie, so that the form works only in the browser that asked for it. */
  readonly browserToken: string;
  readonly request: AuthorizationRequest;
  readonly userId?: string;
  /** Known once the person chose, had one to choose from, or has none (then without `id`). */
  readonly organization?: { readonly id: string | undefined };
}

/** Interactions in progress: ten minutes, one decision. */
export interface Interactions {
  start(request: AuthorizationRequest): Interaction;
  find(id: string): Interaction | undefined;
  update(interaction: Interaction): void;
  /** Ends an interaction; only the first caller gets it. */
  finish(id: string): Interaction | undefined;
}

export function createInteractions(now: () => number): Interactions {
  const entries = createExpiringMap<{ interaction: Interaction; expiresAt: number }>({
    limit: interactionLimit,
    now,
  });

  return {
    start(request) {
      const interaction = {
        id: createSecret(),
        formToken: createSecret(),
        browserToken: createSecret(),
        request,
      };
      const expiresAt = now() + interactionLifetime;
      entries.set(interaction.id, { interaction, expiresAt }, expiresAt);
      return interaction;
    },
    find: (id) => entries.get(id)?.interaction,
    update(interaction) {
      const entry = entries.get(interaction.id);
      if (entry !== undefined)
        entries.set(interaction.id, { ...entry, interaction }, entry.expiresAt);
    },
    finish: (id) => entries.take(id)?.interaction,
  };
}

// One cookie for each interaction, sent to its own address only: two tabs cannot get in each other's way.
function cookieName(interaction: Interaction): string {
  return `authkit-${interaction.id.slice(0, 16)}`;
}

export function interactionPath(interaction: Interaction): string {
  return `/oauth2/interaction/${interaction.id}`;
}

export function cookieFor(interaction: Interaction, issuer: string): string {
  const attributes = [
    `Path=${interactionPath(interaction)}`,
    "HttpOnly",
    "SameSite=Lax",
    "Max-Age=600",
  ];
  if (issuer.startsWith("https:")) attributes.push("Secure");
  return [`${cookieName(interaction)}=${interaction.browserToken}`, ...attributes].join("; ");
}

/** Tells whether a request comes from the browser that started the interaction. */
export function isSameBrowser(interaction: Interaction, cookieHeader: string | null): boolean {
  const pairs = (cookieHeader ?? "").split(";").map((pair) => pair.trim());
  const prefix = `${cookieName(interaction)}=`;
  const value = pairs.find((pair) => pair.startsWith(prefix))?.slice(prefix.length);
  return value !== undefined && isSameSecret(value, interaction.browserToken);
}
