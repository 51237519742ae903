import type { Seed } from "../seed/seed.js";

/** Where examples and the quickstart listen. */
const DEFAULT_BASE_URL = "http://127.0.0.1:3002";

/** Registers resource indicators beside those of the seed; the first becomes the default where the seed has none. */
export function addResources(seed: Seed, uris: readonly string[]): Seed {
  const known = new Set(seed.resources.map(({ uri }) => uri));
  const hasDefault = seed.resources.some((resource) => resource.default === true);
  const added = [...new Set(uris)].filter((uri) => !known.has(uri));
  const resources = added.map((uri, index) =>
    index === 0 && !hasDefault ? { uri, default: true } : { uri },
  );
  return { ...seed, resources: [...seed.resources, ...resources] };
}

/** Reads BASE_URL off the first resource, else off the seed's; the resource is BASE_URL and the endpoint. */
export function deriveBaseUrl({ resources }: Seed, first: string | undefined): string {
  const resource = first ?? resources.find((one) => one.default === true)?.uri ?? resources[0]?.uri;
  return resource === undefined ? DEFAULT_BASE_URL : withoutEndpoint(resource);
}

/** Takes the endpoint `/mcp` off a resource; of another endpoint only the server knows how long it is. */
function withoutEndpoint(resource: string): string {
  const { origin, pathname } = new URL(resource);
  return pathname.endsWith("/mcp") ? `${origin}${pathname.slice(0, -"/mcp".length)}` : origin;
}
