/** Stands in metrics for every name that they do not tell apart. */
export const OTHER = "_OTHER";

/** Names that metrics tell apart. */
export interface Names {
  /** Takes names that have their place whatever others come. */
  readonly know: (names: readonly string[]) => void;
  /** Shows a known name as it is, and so many others: those that were first. */
  readonly show: (name: string, mayTake: boolean) => string;
}

/** Creates a set of names that callers cannot fill beyond a number. */
export function createNames(most: number): Names {
  const known = new Set<string>();
  const others = new Set<string>();
  return {
    know(names) {
      for (const name of names) known.add(name);
    },
    show(name, mayTake) {
      if (known.has(name) || others.has(name)) return name;
      if (!mayTake || others.size >= most) return OTHER;
      others.add(name);
      return name;
    },
  };
}
