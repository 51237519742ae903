import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";

/**
 * The address that called: who opened the connection, or, behind so many proxies of one's own, who called the first of
 * them.
 *
 * Each proxy appends the address it was called from to X-Forwarded-For, so only the last entries are its word; what comes
 * before them anybody may write. With fewer entries than proxies, or something that is no address, it is who opened the
 * connection.
 */
export function addressOf(
  { socket, headers }: IncomingMessage,
  proxies: number,
): string | undefined {
  if (proxies === 0) return socket.remoteAddress;
  const seen = headers["x-forwarded-for"]?.toString().split(",") ?? [];
  const caller = seen.at(-proxies)?.trim() ?? "";
  return isIP(caller) === 0 ? socket.remoteAddress : caller;
}
