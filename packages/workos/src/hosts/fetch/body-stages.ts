import type { BodyPipe } from "../../exchange/host.js";

/** Where bytes of a body go. */
interface Sink {
  readonly write: (bytes: Uint8Array) => void;
  readonly end: () => void;
}

type ChoosePipe = (hasBody: boolean) => BodyPipe | undefined;

/** Passes a body through pipes, those that were added last first, to where it is fetched from. */
export class BodyStages {
  readonly #out: Uint8Array[] = [];
  #isEnded = false;
  #top: Sink = {
    write: (bytes) => {
      if (bytes.length > 0) this.#out.push(bytes);
    },
    end: () => {
      this.#isEnded = true;
    },
  };

  /** Whether the last byte has left the pipes. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Whether something waits to be taken. */
  get hasOutput(): boolean {
    return this.#out.length > 0;
  }

  /** Passes what comes from here on through a pipe, which is chosen when the body begins, or ends without a byte. */
  add(choose: ChoosePipe): void {
    this.#top = stage(this.#top, choose);
  }

  write(bytes: Uint8Array): void {
    this.#top.write(bytes);
  }

  end(): void {
    this.#top.end();
  }

  /** Returns what has left the pipes since it was last called. */
  take(): readonly Uint8Array[] {
    return this.#out.splice(0);
  }
}

function stage(next: Sink, choose: ChoosePipe): Sink {
  let isChosen = false;
  let pipe: BodyPipe | undefined;
  const pipeFor = (hasBody: boolean): BodyPipe | undefined => {
    if (!isChosen) {
      isChosen = true;
      pipe = choose(hasBody);
    }
    return pipe;
  };
  const pass = (out: string | Uint8Array): void => {
    if (out.length > 0) next.write(typeof out === "string" ? new TextEncoder().encode(out) : out);
  };
  return {
    write: (bytes) => {
      pass(pipeFor(true)?.write(bytes) ?? bytes);
    },
    end: () => {
      pass(pipeFor(false)?.end() ?? "");
      next.end();
    },
  };
}
