import type { WorkOSProviderConfig } from "../../server/configuration.js";
import type { FetchApp } from "./fetch-handler.js";

/** What a guarded function was made of. */
export interface ProtectedApp {
  readonly config: WorkOSProviderConfig;
  readonly handler: FetchApp;
}

const APPS = new WeakMap<object, ProtectedApp>();

/** Keeps what a guarded function was made of, so that a test can guard the same anew for callers of its own. */
export function rememberProtected<Serve extends (request: Request) => Promise<Response>>(
  serve: Serve,
  app: ProtectedApp,
): Serve {
  APPS.set(serve, app);
  return serve;
}

/** Finds what a guarded function was made of; undefined for a function that no guard returned. */
export function findProtected(serve: object): ProtectedApp | undefined {
  return APPS.get(serve);
}
