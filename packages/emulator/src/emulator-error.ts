export type EmulatorErrorCode =
  | "production"
  | "not_loopback"
  | "invalid_option"
  | "unknown_application"
  | "unknown_user";

/** Thrown for a configuration that the emulator refuses, or a request to mint a token for somebody it does not have. */
export class EmulatorError extends Error {
  override readonly name: string = "EmulatorError";
  readonly code: EmulatorErrorCode;

  constructor(code: EmulatorErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
