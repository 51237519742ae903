import {
  AccessDeniedError,
  getAccess,
  type Access,
  type WorkOSAuthError,
} from "../../src/index.js";

/** What a thrown error says of itself. */
export const thrownBy = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    const { code, message } = error as WorkOSAuthError;
    return error instanceof AccessDeniedError
      ? [code, error.reason, error.missing]
      : [code, message];
  }
};

/** A tool that hands over what it found instead of answering with it, so that what it threw does not count. */
export function noting(notes: unknown[], note: (access: Access) => unknown): () => Promise<never> {
  return async () => {
    const access = await getAccess({ featureFlags: true });
    notes.push(await note(access));
    throw new Error("noted");
  };
}
