import type { Context } from "hono";

export function queryOf(context: Context): URLSearchParams {
  return new URL(context.req.url).searchParams;
}
