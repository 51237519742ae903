import { performance } from "node:perf_hooks";

/** The least time of several runs. */
function cost(work: () => void, repeats: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < repeats; run += 1) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

/** How much more work four times the input is: 4 for linear work, 16 for quadratic. */
export function growth<Input>(
  work: (input: Input) => void,
  inputOf: (length: number) => Input,
  length: number,
  repeats: number,
): number {
  const [short, long] = [inputOf(length), inputOf(4 * length)];
  const before = cost(() => {
    work(short);
  }, repeats);
  return (
    cost(() => {
      work(long);
    }, repeats) / before
  );
}

/** Between 4 and 16. */
const LINEAR_AT_MOST = 9;

/** Tells whether work on an input grows faster than the input; a suspicion is confirmed by more runs and more input. */
export function isWorseThanLinear<Input>(
  work: (input: Input) => void,
  inputOf: (length: number) => Input,
  length: number,
): boolean {
  return (
    growth(work, inputOf, length, 2) > LINEAR_AT_MOST &&
    growth(work, inputOf, length, 15) > LINEAR_AT_MOST &&
    growth(work, inputOf, 2 * length, 9) > LINEAR_AT_MOST
  );
}
