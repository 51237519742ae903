/** Lists the lines that are in one text only, as a diff does: "- gone" and "+ new", in their order. */
export function lineChanges(before: string, after: string): readonly string[] {
  const [old, current] = [before.split("\n"), after.split("\n")];
  // lengths[i][j]: the longest common subsequence of what comes from line i and from line j on.
  const lengths = Array.from({ length: old.length + 1 }, () => new Uint16Array(current.length + 1));
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = current.length - 1; j >= 0; j -= 1) {
      const row = lengths[i];
      if (row === undefined) continue;
      row[j] =
        old[i] === current[j]
          ? 1 + (lengths[i + 1]?.[j + 1] ?? 0)
          : Math.max(lengths[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  const changes: string[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < current.length) {
    if (i < old.length && old[i] === current[j]) {
      i += 1;
      j += 1;
    } else if (j >= current.length || (lengths[i + 1]?.[j] ?? -1) >= (lengths[i]?.[j + 1] ?? -1)) {
      changes.push(`- ${old[i]}`);
      i += 1;
    } else {
      changes.push(`+ ${current[j]}`);
      j += 1;
    }
  }
  return changes;
}
