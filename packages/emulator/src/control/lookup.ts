import { EmulatorError, type EmulatorErrorCode } from "../emulator-error.js";
import {
  findActiveOrganizations,
  fullName,
  type Environment,
  type User,
} from "../environment/environment.js";
import { findNearest, suggest } from "../input/nearest.js";
import type { SeedApplication, SeedOrganization } from "../seed/seed.js";

/** Finds a user by e-mail address, full name or ID. @throws {EmulatorError} with the known addresses. */
export function findUser(environment: Environment, text: string): User {
  return findNamed(
    environment.users.all(),
    text,
    (user) => [user.email, user.id, fullName(user) ?? ""],
    { code: "unknown_user", kind: "user", path: "as" },
  );
}

/** Finds an organization by name or ID. @throws {EmulatorError} with the known names. */
export function findOrganization(environment: Environment, text: string): SeedOrganization {
  return findNamed(environment.organizations.all(), text, ({ id, name }) => [name, id], {
    code: "unknown_organization",
    kind: "organization",
    path: "organization",
  });
}

/** Finds an application of one kind by name or client ID. @throws {EmulatorError} with the known names. */
export function findApplication<Kind extends SeedApplication["kind"]>(
  environment: Environment,
  kind: Kind,
  text: string,
): Extract<SeedApplication, { kind: Kind }> {
  const applications = environment.applications.filter(
    (application): application is Extract<SeedApplication, { kind: Kind }> =>
      application.kind === kind,
  );
  return findNamed(applications, text, ({ clientId, name }) => [name, clientId], {
    code: "unknown_application",
    kind: kind === "m2m" ? "machine-to-machine application" : "OAuth application",
    path: "application",
  });
}

/** Checks that a user may act in an organization. @throws {EmulatorError} with the reason, and where the user may. */
export function checkMembership(
  environment: Environment,
  user: User,
  organization: SeedOrganization,
): void {
  const active = findActiveOrganizations(environment, user.id);
  if (active.some(({ id }) => id === organization.id)) return;
  const membership = environment.memberships
    .all()
    .find(({ userId, organizationId }) => userId === user.id && organizationId === organization.id);
  const reason =
    membership === undefined
      ? `${user.email} is not a member of ${organization.name}`
      : `The membership of ${user.email} in ${organization.name} is ${membership.status}, not active`;
  const others = active.map(({ name }) => name).join(", ");
  throw new EmulatorError("not_a_member", [
    {
      path: "organization",
      message: `${reason}, so AuthKit issues no token for it. ${others === "" ? "This user has no active membership" : `Active memberships: ${others}`}.`,
    },
  ]);
}

/** Finds the item that has this name, whatever its case; the first name of an item is what a list shows. */
function findNamed<Item>(
  items: readonly Item[],
  text: string,
  namesOf: (item: Item) => readonly string[],
  { code, kind, path }: { code: EmulatorErrorCode; kind: string; path: string },
): Item {
  const wanted = text.toLowerCase();
  const found = items.filter((item) => namesOf(item).some((name) => name.toLowerCase() === wanted));
  const [item] = found;
  if (item !== undefined && found.length === 1) return item;
  const ids = found.map((one) => namesOf(one).slice(0, 2).join(" is "));
  const message =
    item === undefined
      ? `The environment has no ${kind} "${text}".${suggestName(text, items.map(namesOf))}`
      : `"${text}" is the name of more than one ${kind}: ${ids.join(", ")}. Use the ID.`;
  throw new EmulatorError(code, [{ path, message }]);
}

/** Suggests by any of the names, and lists the first of each. */
function suggestName(text: string, names: readonly (readonly string[])[]): string {
  const nearest = findNearest(text, names.flat());
  const shown = names.find((all) => nearest !== undefined && all.includes(nearest))?.[0];
  return suggest(
    shown ?? text,
    names.map(([first = ""]) => first),
  );
}
