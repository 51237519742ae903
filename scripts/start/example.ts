/** An example that can be started beside a local AuthKit. */
export interface Example {
  /** Its folder in examples/, and its name in a client. */
  readonly name: string;
  readonly title: string;
  /** What starts it. */
  readonly command: string;
  readonly port: number;
  readonly authkitPort: number;
  /** The file in its folder that says who can sign in; the emulator's own people when left out. */
  readonly seed?: string;
  /** The tool to try first. */
  readonly tool: string;
}
