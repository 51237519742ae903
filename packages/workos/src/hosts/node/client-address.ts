import type { IncomingMessage } from "node:http";
import { isIP, type Socket } from "node:net";

/**
 * Finds the address that called: the connection's peer or, behind proxies of the operator's, the peer of the first.
 *
 * Each proxy appends the address it was called from to X-Forwarded-For, so only the last entries are its word; any caller
 * can write what comes before them. With fewer entries than proxies, or an entry that is no address, it is the
 * connection's peer.
 */
export function findClientAddress(
  { socket, headers }: IncomingMessage,
  proxies: number,
): string | undefined {
  if (proxies === 0) return findPeer(socket);
  const entries = headers["x-forwarded-for"]?.toString().split(",") ?? [];
  return parseAddress(entries.at(-proxies) ?? "") ?? findPeer(socket);
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

const LONGEST_ADDRESS = 64;
/** An IPv6 address in brackets, or an IPv4 address, each with the port that some proxies add (Azure). */
const WITH_PORT = /^(?:\[([^\]]*)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/;

/**
 * Reads an address without port, brackets and zone, which means nothing on another machine. An IPv4 address mapped
 * into IPv6 is the IPv4 address.
 *
 * @see RFC 4291 §2.5.5.2, RFC 4007 §11
 */
function parseAddress(text: string): string | undefined {
  if (text.length > LONGEST_ADDRESS) return undefined;
  if (isIP(text) === 4) return text;
  const trimmed = text.trim();
  const [, inBrackets, beforePort] = WITH_PORT.exec(trimmed) ?? [];
  const [address = ""] = (inBrackets ?? beforePort ?? trimmed).split("%", 1);
  const version = isIP(address);
  if (version === 0 || (inBrackets !== undefined && version === 4)) return undefined;
  if (version === 4) return address;
  const lower = address.toLowerCase();
  return (lower.includes("ffff:") ? mappedAddress(lower) : undefined) ?? lower;
}

/** The IPv4 address that an IPv6 address holds. */
function mappedAddress(address: string): string | undefined {
  const [, usual = ""] = address.split("::ffff:", 2);
  if (address.startsWith("::ffff:") && isIP(usual) === 4) return usual;
  // A URL writes every spelling of an IPv6 address in one way.
  const { hostname } = new URL(`http://[${address}]`);
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(hostname) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const bytes = [high, low].flatMap((part) => {
    const number = Number.parseInt(part, 16);
    return [number >> 8, number & 255];
  });
  return bytes.join(".");
}
