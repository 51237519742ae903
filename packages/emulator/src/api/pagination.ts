import { unprocessable } from "./api-error.js";

const defaultLimit = 10;
const largestLimit = 100;

/**
 * Answers with one page of a list, as WorkOS paginates: `limit`, `order`, and a cursor `before` or `after`.
 *
 * `rows` come oldest first; `order` is `desc` by default. A cursor in `list_metadata` is there only when
 * there is more in its direction.
 */
export function listResponse<Row extends { readonly id: string }>(
  rows: readonly Row[],
  query: URLSearchParams,
  serialize: (row: Row) => unknown,
): Response {
  const page = paginate(rows, query);
  if (!page.ok)
    return unprocessable("Validation failed.", [{ field: page.field, code: "invalid" }]);
  return Response.json({
    object: "list",
    data: page.rows.map(serialize),
    list_metadata: { before: page.before, after: page.after },
  });
}

type Page<Row> =
  | {
      readonly ok: true;
      readonly rows: readonly Row[];
      readonly before: string | null;
      readonly after: string | null;
    }
  | { readonly ok: false; readonly field: "limit" | "order" | "before" | "after" };

function paginate<Row extends { readonly id: string }>(
  rows: readonly Row[],
  query: URLSearchParams,
): Page<Row> {
  const limit = Number(query.get("limit") ?? defaultLimit);
  if (!Number.isInteger(limit) || limit < 1 || limit > largestLimit)
    return { ok: false, field: "limit" };
  const order = query.get("order") ?? "desc";
  if (order !== "asc" && order !== "desc") return { ok: false, field: "order" };
  const sorted = order === "asc" ? rows : rows.toReversed();
  const after = query.get("after");
  const before = query.get("before");
  const afterIndex = after === null ? -1 : sorted.findIndex(({ id }) => id === after);
  const beforeIndex = before === null ? sorted.length : sorted.findIndex(({ id }) => id === before);
  if (after !== null && afterIndex === -1) return { ok: false, field: "after" };
  if (beforeIndex === -1 || (after !== null && before !== null))
    return { ok: false, field: "before" };
  const start = before === null ? afterIndex + 1 : Math.max(0, beforeIndex - limit);
  const end = Math.min(start + limit, beforeIndex);
  const page = sorted.slice(start, end);
  return {
    ok: true,
    rows: page,
    before: start > 0 ? (page[0]?.id ?? null) : null,
    after: end < sorted.length ? (page.at(-1)?.id ?? null) : null,
  };
}
