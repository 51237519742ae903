import { misfit } from "./decide.js";
import type { Needs, Rights } from "./rights.js";
import type { CompiledRule } from "./rule.js";

/**
 * Collects what has to be known of a caller before rules can be judged.
 *
 * Requirements that the caller cannot meet anyway, being of another kind or in another
 * organization, need nothing more. Does NOT know which claims the caller's token has.
 */
export function collectNeeds(
  rules: readonly (CompiledRule | undefined)[],
  who: Pick<Rights, "caller" | "organizationId">,
): Needs {
  const needs = { needsRoles: false, needsPermissions: false, needsFeatureFlags: false };
  for (const rule of rules) {
    if (rule === undefined) continue;
    for (const needed of rule.alternatives) {
      if (misfit(needed, who) !== undefined) continue;
      needs.needsRoles ||= needed.roles.length > 0;
      needs.needsPermissions ||= needed.permissions.length > 0;
      needs.needsFeatureFlags ||= needed.featureFlags.length > 0;
    }
  }
  return needs;
}
