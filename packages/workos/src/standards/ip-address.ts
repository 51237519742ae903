import { parseUrl } from "./url.js";

/**
 * Finds the address that called the first of the operator's proxies; undefined with fewer entries than proxies, or an
 * entry that is no address.
 *
 * Each proxy appends the address it was called from to X-Forwarded-For, so only the last entries are its word; any caller
 * can write what comes before them.
 */
export function forwardedAddress(field: string | undefined, proxies: number): string | undefined {
  const entry = proxies === 0 ? undefined : field?.split(",").at(-proxies);
  return entry === undefined ? undefined : parseAddress(entry);
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
export function parseAddress(text: string): string | undefined {
  if (text.length > LONGEST_ADDRESS) return undefined;
  if (isIPv4(text)) return text;
  const trimmed = text.trim();
  const [, inBrackets, beforePort] = WITH_PORT.exec(trimmed) ?? [];
  const written = inBrackets ?? beforePort ?? trimmed;
  if (isIPv4(written)) return inBrackets === undefined ? written : undefined;
  const address = written.replace(/%[\w.~-]+$/, "");
  if (!isIPv6(address)) return undefined;
  const lower = address.toLowerCase();
  return (lower.includes("ffff:") ? mappedAddress(lower) : undefined) ?? lower;
}

/** The IPv4 address that an IPv6 address holds. */
function mappedAddress(address: string): string | undefined {
  const [, usual = ""] = address.split("::ffff:", 2);
  if (address.startsWith("::ffff:") && isIPv4(usual)) return usual;
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

/** Four decimal numbers up to 255 without leading zeros (RFC 6943 §3.1.1, the strict form). */
function isIPv4(text: string): boolean {
  return /^(?:(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])(?:\.(?!$)|$)){4}$/.test(text);
}

function isIPv6(text: string): boolean {
  return /^[\da-f:.]+$/i.test(text) && parseUrl(`http://[${text}]/`) !== undefined;
}
