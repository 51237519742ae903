import type { Context } from "hono";

export function readQuery(context: Context): URLSearchParams {
  return new URL(context.req.url).searchParams;
}
