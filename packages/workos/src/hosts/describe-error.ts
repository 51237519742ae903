/** Describes what was thrown, with its stack, for the operator. Of anything but an error only the type is shown. */
export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : typeof error;
}
