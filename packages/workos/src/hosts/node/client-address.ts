import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { forwardedAddress, parseAddress } from "../../standards/ip-address.js";

/** Finds the address that called: the connection's peer or, behind proxies of the operator's, the peer of the first. */
export function findClientAddress(
  { socket, headers }: IncomingMessage,
  proxies: number,
): string | undefined {
  if (proxies === 0) return findPeer(socket);
  return forwardedAddress(headers["x-forwarded-for"]?.toString(), proxies) ?? findPeer(socket);
}

/** The peers of open connections: parsing an address for every request costs more than looking it up. */
const peers = new WeakMap<Socket, string>();

function findPeer(socket: Socket): string | undefined {
  const known = peers.get(socket);
  if (known !== undefined) return known;
  const { remoteAddress } = socket;
  if (remoteAddress === undefined) return undefined;
  const peer = parseAddress(remoteAddress) ?? remoteAddress;
  peers.set(socket, peer);
  return peer;
}
