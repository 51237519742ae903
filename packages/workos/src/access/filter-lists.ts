/** What a list may show to the caller it was made for. */
export interface Shows {
  readonly tool: (name: string) => boolean;
  readonly prompt: (name: string) => boolean;
  readonly resource: (uri: string) => boolean;
  readonly template: (text: string) => boolean;
}

/** The members of list results (MCP), what names an item, and who decides about it. */
const LISTS: readonly (readonly [member: string, key: string, by: keyof Shows])[] = [
  ["tools", "name", "tool"],
  ["prompts", "name", "prompt"],
  ["resources", "uri", "resource"],
  ["resourceTemplates", "uriTemplate", "template"],
];

type Members = Readonly<Record<string, unknown>>;

/**
 * Filters the lists in the text of a JSON-RPC answer; text that is not JSON stays as it is.
 *
 * @returns undefined when the text begins as JSON and is not, or is nested too deep: what is in it cannot be
 *   judged.
 */
export function rewriteList(text: string, shows: Shows): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return /^\s*[[{]/.test(text) ? undefined : text;
  }
  try {
    const filtered = filterLists(answer, shows);
    return filtered === answer ? text : JSON.stringify(filtered);
  } catch (error) {
    // Nested deeper than the stack.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * Takes out of a JSON-RPC answer what its reader may not use, and marks what is left as
 * the reader's own.
 *
 * Goes by the shape of the result, not by which message asked: ids can be repeated. An item
 * without a name is not shown. Cursors stay as they are. What is no answer with a list is
 * returned as it is.
 *
 * @see MCP 2026-07-28 server/utilities/caching (`cacheScope`), RS-96
 */
function filterLists(answer: unknown, shows: Shows): unknown {
  if (Array.isArray(answer)) return answer.map((one) => filterLists(one, shows));
  if (!isObject(answer) || !isObject(answer["result"])) return answer;
  const { result } = answer;
  const filtered: Record<string, unknown> = {};
  for (const [member, key, by] of LISTS) {
    const items = result[member];
    if (!Array.isArray(items)) continue;
    filtered[member] = (items as readonly unknown[]).filter((item) => {
      const name = readItemName(item, key);
      return name !== undefined && shows[by](name);
    });
  }
  if (Object.keys(filtered).length === 0) return answer;
  return { ...answer, result: { ...result, ...filtered, cacheScope: "private" } };
}

function readItemName(item: unknown, key: string): string | undefined {
  const name = isObject(item) ? item[key] : undefined;
  return typeof name === "string" ? name : undefined;
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null;
}
