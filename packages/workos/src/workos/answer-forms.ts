import {
  absent,
  array,
  boolean,
  either,
  empty,
  literal,
  nullable,
  object,
  optional,
  record,
  some,
  string,
  text,
  type Form,
} from "./form.js";

/** What WorkOS answers to one call, as far as a decision depends on it. */
export interface AnswerForm {
  readonly form: Form;
  /** Names the form in a message. */
  readonly what: string;
  /** Whether a refusal of what was asked decides nothing: reading begins anew, by whomever it was refused. */
  readonly isRefusalHarmless?: boolean;
}

const role = object({ slug: text });
const target = object({ id: text, enabled: boolean });

const list = (item: Form): Form => object({ object: literal("list"), data: array(item) });

/** A list that may go on after its last item; an empty one has nothing to go on from. */
const listPage = (item: Form): Form => {
  const page = (data: Form, after: Form): Form =>
    object({ object: literal("list"), data, list_metadata: object({ after }) });
  return either(page(some(item), optional(text)), page(empty, absent));
};

const FORMS: readonly (AnswerForm & { readonly method: string; readonly path: RegExp })[] = [
  {
    method: "GET",
    path: /^\/events$/,
    what: "a list of events",
    isRefusalHarmless: true,
    // An event that lacks more than its ID is reported on its own: it must not hold up those after it.
    form: list(object({ object: literal("event"), id: text })),
  },
  {
    method: "GET",
    path: /^\/user_management\/organization_memberships$/,
    what: "a list of organization memberships",
    form: listPage(
      object({
        object: literal("organization_membership"),
        id: text,
        user_id: text,
        organization_id: text,
        status: text,
        role: optional(role),
        roles: optional(array(role)),
      }),
    ),
  },
  {
    method: "GET",
    path: /^\/authorization\/organizations\/[^/]+\/roles$/,
    what: "a list of roles",
    form: list(object({ object: literal("role"), slug: text, permissions: array(text) })),
  },
  {
    method: "GET",
    path: /^\/user_management\/users\/[^/]+\/authorized_applications$/,
    what: "a list of authorized applications",
    form: listPage(object({ id: text, application: object({ client_id: text }) })),
  },
  {
    method: "GET",
    path: /^\/user_management\/authkit_oauth_resources$/,
    what: "a list of resource indicators",
    form: listPage(object({ object: literal("authkit_oauth_resource"), id: text, uri: text })),
  },
  {
    method: "GET",
    path: /^\/user_management\/users\/[^/]+$/,
    what: "a user",
    form: object({ object: literal("user"), id: text, email: text }),
  },
  {
    method: "POST",
    path: /^\/api_keys\/validations$/,
    what: "the validation of an API key",
    form: object({
      api_key: nullable(
        object({
          object: literal("api_key"),
          id: text,
          name: string,
          owner: either(
            object({ type: literal("organization"), id: text }),
            object({ type: literal("user"), id: text, organization_id: text }),
          ),
          // Older keys have null here.
          permissions: optional(array(text)),
        }),
      ),
    }),
  },
  {
    method: "POST",
    path: /^\/authorization\/organization_memberships\/[^/]+\/check$/,
    what: "an access check",
    form: object({ authorized: boolean }),
  },
  {
    method: "GET",
    path: /^\/sdk\/feature-flags$/,
    what: "feature flags",
    // An environment without any flag looks like the empty object of a stranger, and is asked for no flag.
    form: record(
      object({
        slug: text,
        enabled: boolean,
        default_value: boolean,
        targets: object({ users: array(target), organizations: array(target) }),
      }),
    ),
  },
];

/**
 * Finds the form that the answer to a call must have.
 *
 * @returns undefined for a call whose answer decides nothing, such as a tool's own.
 */
export function findAnswerForm(method: string, pathname: string): AnswerForm | undefined {
  return FORMS.find((one) => one.method === method && one.path.test(pathname));
}
