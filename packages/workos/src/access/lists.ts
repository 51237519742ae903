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
 * Rewrites the text of a JSON-RPC answer; text that is no JSON stays as it is. Undefined when it begins as JSON and is
 * none: nobody can tell what is in it.
 */
export type ListRewriter = (text: string, shows: Shows) => string | undefined;

/** Lists whose text is remembered, and the longest of them, in characters. */
const REMEMBERED = 4;
const LONGEST = 500_000;

/** The text of one list, cut into its items. */
interface CutList {
  readonly member: string;
  readonly by: keyof Shows;
  /** The text up to the list, and then the list itself. */
  readonly before: string;
  readonly beginning: string;
  readonly items: readonly { readonly name: string | undefined; readonly text: string }[];
}

/**
 * Makes a rewriter that filters lists as {@link filterLists} does, and knows a list again that it has seen: a server
 * says the same list to everybody, and reading it anew each time would cost more than deciding about it.
 *
 * What is remembered is the text alone, compared as a whole: nothing of one answer gets into another.
 *
 * @param mark stands for the list while the rest is rewritten; a text that nobody else knows.
 */
export function createListRewriter(mark: string): ListRewriter {
  const remembered: CutList[] = [];
  const place = JSON.stringify([mark]);

  const fromMemory = (text: string, shows: Shows): string | undefined => {
    const list = remembered.find(
      // Compared so, and not by startsWith(), it is a comparison of memory: ten times as fast.
      ({ beginning }) => text.slice(0, beginning.length) === beginning,
    );
    const rest = list === undefined ? undefined : withoutList(text, list);
    if (list === undefined || rest === undefined) return undefined;
    const { member, by, items } = list;
    const filtered = filterLists(rest, shows) as { readonly result: Members };
    const shown = items.filter(({ name }) => name !== undefined && shows[by](name));
    const result = { ...filtered.result, [member]: [mark] };
    // A function, since the items' own dollar signs mean nothing.
    return JSON.stringify({ ...filtered, result }).replace(
      place,
      () => `[${shown.map((item) => item.text).join(",")}]`,
    );
  };

  const learn = (text: string, answer: unknown): void => {
    const cut = text.length > LONGEST || !isAnswer(answer) ? undefined : cutList(text, answer);
    if (cut === undefined || withoutList(text, cut) === undefined) return;
    if (remembered.unshift(cut) > REMEMBERED) remembered.pop();
  };

  return (text, shows) => {
    const known = fromMemory(text, shows);
    if (known !== undefined) return known;
    const answer = parse(text);
    if (answer === undefined && /^\s*[[{]/.test(text)) return undefined;
    const filtered = filterLists(answer, shows);
    if (filtered === answer) return text;
    learn(text, answer);
    return JSON.stringify(filtered);
  };
}

/** Cuts the first list out of an answer's text; undefined when it is not written as JSON.stringify() writes it. */
function cutList(text: string, { result }: { readonly result: Members }): CutList | undefined {
  const found = LISTS.find(([member]) => Array.isArray(result[member]));
  if (found === undefined) return undefined;
  const [member, key, by] = found;
  const items = (result[member] as readonly unknown[]).map((item) => ({
    name: nameOf(item, key),
    text: JSON.stringify(item),
  }));
  const list = `[${items.map((item) => item.text).join(",")}]`;
  const at = text.indexOf(`${JSON.stringify(member)}:${list}`);
  if (items.length === 0 || at === -1) return undefined;
  const before = text.slice(0, at + JSON.stringify(member).length + 1);
  return { member, by, before, beginning: `${before}${list}`, items };
}

/** The answer with the list taken out; undefined when the list is not the one in its result. */
function withoutList(
  text: string,
  { member, before, beginning }: CutList,
): { readonly result: Members } | undefined {
  const rest = parse(`${before}[]${text.slice(beginning.length)}`);
  const isWithout =
    isAnswer(rest) && Array.isArray(rest.result[member]) && rest.result[member].length === 0;
  return isWithout ? rest : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON, no message, no list.
    return undefined;
  }
}

function isAnswer(value: unknown): value is { readonly result: Members } {
  return isObject(value) && !Array.isArray(value) && isObject(value["result"]);
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
export function filterLists(answer: unknown, shows: Shows): unknown {
  if (Array.isArray(answer)) return answer.map((one) => filterLists(one, shows));
  if (!isObject(answer) || !isObject(answer["result"])) return answer;
  const { result } = answer;
  const filtered: Record<string, unknown> = {};
  for (const [member, key, by] of LISTS) {
    const items = result[member];
    if (!Array.isArray(items)) continue;
    filtered[member] = (items as readonly unknown[]).filter((item) => {
      const name = nameOf(item, key);
      return name !== undefined && shows[by](name);
    });
  }
  if (Object.keys(filtered).length === 0) return answer;
  return { ...answer, result: { ...result, ...filtered, cacheScope: "private" } };
}

function nameOf(item: unknown, key: string): string | undefined {
  const name = isObject(item) ? item[key] : undefined;
  return typeof name === "string" ? name : undefined;
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null;
}
