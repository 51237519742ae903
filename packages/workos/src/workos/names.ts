import { createCheckedFetch } from "./checked-fetch.js";
import { createClient, type ApiAccess, type WorkOS } from "./client.js";
import { UnusableAnswerError } from "./failure.js";
import { array, literal, object, optional, string, text, type Form } from "./form.js";

/** A role of the environment, or of one organization. */
export interface NamedRole {
  readonly slug: string;
  readonly permissions: readonly string[];
  /** Undefined for a role that every organization has. */
  readonly organizationId: string | undefined;
}

/** The names that a WorkOS environment has for access. */
export interface WorkOSNames {
  readonly permissions: readonly string[];
  readonly roles: readonly NamedRole[];
  readonly featureFlags: readonly string[];
}

/** Thrown when an environment has more than is asked for; the message names the cure. */
export class TooManyNamesError extends Error {
  override readonly name = "TooManyNamesError";
}

const PAGE_SIZE = 100;
const MAX_PAGES = 50;
/** Each is asked for its roles, one after the other. */
const MAX_ORGANIZATIONS = 100;

const slug: Form = object({ slug: text });
const role: Form = object({ slug: text, permissions: array(text), type: string });
const list = (item: Form): Form => object({ object: literal("list"), data: array(item) });
const page = (item: Form): Form =>
  object({
    object: literal("list"),
    data: array(item),
    list_metadata: object({ after: optional(text) }),
  });

/**
 * Asks WorkOS for the permissions, roles and feature flags of an environment.
 *
 * Rejects with the SDK's exception when WorkOS refuses, with an {@link UnusableAnswerError} when another server answers.
 *
 * @param organizations whose own roles are included; all of them, at most a hundred, when left out.
 * @throws TooManyNamesError when the environment has more than is asked for.
 * @see https://workos.com/docs/reference/roles
 */
export async function readWorkOSNames(
  access: ApiAccess,
  organizations?: readonly string[],
): Promise<WorkOSNames> {
  const client = createClient({ ...access, fetch: createCheckedFetch(access.fetch) })();
  const permissions = await readPages(client, "/authorization/permissions", "permissions");
  const roles = await readRoles(client, "/authorization/roles", undefined);
  const own: NamedRole[] = [];
  for (const id of organizations ?? (await readOrganizations(client))) {
    own.push(...(await readRoles(client, `/authorization/organizations/${id}/roles`, id)));
  }
  const featureFlags = await readPages(client, "/feature-flags", "feature flags");
  return { permissions, roles: [...roles, ...own], featureFlags };
}

/** The slugs of a paginated list. */
async function readPages(client: WorkOS, path: string, what: string): Promise<readonly string[]> {
  const slugs: string[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const query = { limit: PAGE_SIZE, ...(after === undefined ? {} : { after }) };
    const answer = await read<Page<{ slug: string }>>(client, path, {
      query,
      form: page(slug),
      what,
    });
    slugs.push(...answer.data.map((one) => one.slug));
    after = answer.list_metadata.after ?? undefined;
    if (after === undefined) return slugs;
  }
  throw new TooManyNamesError(`WorkOS has more than ${MAX_PAGES * PAGE_SIZE} ${what}`);
}

/** The roles of the environment, or those of an organization alone. */
async function readRoles(
  client: WorkOS,
  path: string,
  organizationId: string | undefined,
): Promise<readonly NamedRole[]> {
  const { data } = await read<{ data: readonly (NamedRole & { type: string })[] }>(client, path, {
    form: list(role),
    what: "roles",
  });
  return data
    .filter(({ type }) => organizationId === undefined || type === "OrganizationRole")
    .map((one) => ({ slug: one.slug, permissions: one.permissions, organizationId }));
}

async function readOrganizations(client: WorkOS): Promise<readonly string[]> {
  const { data, list_metadata } = await read<Page<{ id: string }>>(client, "/organizations", {
    query: { limit: MAX_ORGANIZATIONS },
    form: page(object({ id: text })),
    what: "organizations",
  });
  if (!list_metadata.after) return data.map(({ id }) => id);
  throw new TooManyNamesError(
    `WorkOS has more than ${MAX_ORGANIZATIONS} organizations: name those whose own roles count with --organization org_…`,
  );
}

interface Page<Item> {
  readonly data: readonly Item[];
  readonly list_metadata: { readonly after?: string | null };
}

/** The SDK makes a list of any answer, so the answer is checked before. */
async function read<Answer>(
  client: WorkOS,
  path: string,
  { query, form, what }: { readonly query?: object; readonly form: Form; readonly what: string },
): Promise<Answer> {
  const { data } = await client.get<unknown>(path, query === undefined ? {} : { query });
  if (form(data)) return data as Answer;
  throw new UnusableAnswerError(200, `with something else than a list of ${what}`);
}
