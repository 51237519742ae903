import { createIdentifier } from "../secrets/identifier.js";
import type { SeedAuditLogSchema, SeedMetadataTypes } from "../seed/seed.js";
import type { AuditLogEvent } from "./audit-log-event.js";

/** What metadata must look like, as far as the emulator checks it: the types of its properties. */
export interface MetadataSchema {
  readonly type: "object";
  readonly properties?: Readonly<Record<string, { readonly type: string }>>;
}

/** What events of an action must look like. */
export interface AuditLogSchema {
  readonly actor?: { readonly metadata: MetadataSchema };
  readonly targets: readonly { readonly type: string; readonly metadata?: MetadataSchema }[];
  readonly metadata?: MetadataSchema;
}

/** A schema that was stored: every further one for the same action is its next version. */
export interface StoredAuditLogSchema extends AuditLogSchema {
  readonly id: string;
  readonly action: string;
  readonly version: number;
  readonly createdAt: number;
}

/** The schemas of an environment. */
export interface AuditLogSchemas {
  /** The actions, in the order they were made, each with its schemas, the first version first. */
  readonly actions: () => readonly (readonly [string, readonly StoredAuditLogSchema[]])[];
  readonly create: (action: string, schema: AuditLogSchema) => StoredAuditLogSchema;
  /** Where an event does not fit, as JSON pointers; undefined when it fits. */
  readonly problemsOf: (event: AuditLogEvent) => readonly string[] | undefined;
}

/** Creates the schemas of an environment, the seeded ones first. */
export function createAuditLogSchemas(
  seeded: readonly SeedAuditLogSchema[],
  now: () => number,
): AuditLogSchemas {
  const byAction = new Map<string, StoredAuditLogSchema[]>();

  function create(action: string, schema: AuditLogSchema): StoredAuditLogSchema {
    const versions = byAction.get(action) ?? [];
    const id = createIdentifier("audit_log_schema", now);
    const stored = { ...schema, id, action, version: versions.length + 1, createdAt: now() };
    byAction.set(action, [...versions, stored]);
    return stored;
  }

  for (const schema of seeded) create(schema.action, toSchema(schema));

  return {
    actions: () => [...byAction],
    create,
    problemsOf({ action, version = 1, targets, actor, metadata }) {
      const versions = byAction.get(action);
      if (versions === undefined) return ["/action"];
      const schema = versions[version - 1];
      if (schema === undefined) return ["/version"];
      const problems = [
        ...(targets.every((target) => fitsOne(target, schema)) ? [] : ["/targets"]),
        ...(fits(actor["metadata"], schema.actor?.metadata) ? [] : ["/actor/metadata"]),
        ...(fits(metadata, schema.metadata) ? [] : ["/metadata"]),
      ];
      return problems.length === 0 ? undefined : problems;
    },
  };
}

/** The form in which the REST API has a schema. */
function toSchema({ targets = [], actor, metadata }: SeedAuditLogSchema): AuditLogSchema {
  return {
    targets: targets.map(({ type, metadata: types }) =>
      types === undefined ? { type } : { type, metadata: toMetadataSchema(types) },
    ),
    ...(actor?.metadata === undefined
      ? {}
      : { actor: { metadata: toMetadataSchema(actor.metadata) } }),
    ...(metadata === undefined ? {} : { metadata: toMetadataSchema(metadata) }),
  };
}

function toMetadataSchema(types: SeedMetadataTypes): MetadataSchema {
  const properties = Object.entries(types).map(([name, type]) => [name, { type }] as const);
  return { type: "object", properties: Object.fromEntries(properties) };
}

/** A seeded schema may name no targets, and takes all. */
function fitsOne(
  { type, metadata }: AuditLogEvent["targets"][number],
  { targets }: AuditLogSchema,
): boolean {
  const wanted = targets.find((target) => target.type === type);
  return targets.length === 0 || (wanted !== undefined && fits(metadata, wanted.metadata));
}

/** Properties that the schema does not name are fine, as in JSON Schema. */
function fits(metadata: unknown, schema: MetadataSchema | undefined): boolean {
  return Object.entries(metadata ?? {}).every(([name, value]) => {
    const type = schema?.properties?.[name]?.type;
    return type === undefined || type === typeof value;
  });
}
