/**
 * The part of the Standard Schema interface that validating needs, so that zod,
 * valibot, arktype and others fit without a dependency on any of them.
 *
 * @see https://standardschema.dev, version 1
 */
export interface StandardSchema<Output = unknown> {
  /** What the specification asks of a schema. */
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

/** A schema's result for one value: the value as it understands it, or what is wrong and where. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that a schema finds wrong. */
export interface SchemaIssue {
  /** What is wrong. */
  readonly message: string;
  /** Where it is wrong; the value itself when left out. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
