import type { IncomingMessage, ServerResponse } from "node:http";
import type { Settings } from "../../server/configuration.js";
import { protectedResourceMetadataUrl } from "../../standards/protected-resource.js";
import type { AudienceInForce } from "../../credential/environment-audience.js";
import type { Trail } from "../../trail/event.js";
import type { Schedule } from "../../standards/schedule.js";
import { onListeningServer, type ListeningServer } from "./http-servers.js";
import { readPath } from "./read-request.js";
import { probe, PROBE_FIELD } from "./mount-probe.js";

/** Times after a server began to listen at which it is probed, in milliseconds: a guard may be mounted a little later. */
const PROBED_AFTER_MS = [0, 1_000, 5_000] as const;
/** Servers of one process that are probed at most. */
const MAX_SERVERS = 10;
/** A process that opens no server for so long, and gets no request, in milliseconds, proves nothing by itself. */
const SILENT_FOR_MS = 30_000;

/** Looks for proof that the guard answers at the server's own endpoint. */
export interface MountProof {
  /** Answers a probe of this process; `true` when the request was one and has had its answer. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Ends the search. */
  readonly close: () => void;
}

/** What a proof needs beside the settings. */
export interface MountProofOptions {
  /** What users' tokens must name now. */
  readonly audience: () => AudienceInForce;
  readonly trail: Trail;
  readonly schedule: Schedule;
  readonly newId: () => string;
  /** Ends the process; left out where an open server shall stay alive. */
  readonly exit: ((code: number) => void) | undefined;
}

interface Shared {
  /** By nonce: the resource that a probe is about, and what its sender does when a guard was entered. */
  readonly probes: Map<string, { readonly resource: string; readonly onEntered: () => void }>;
}

/**
 * Two copies of this module may be loaded, and two providers: each must know the other's probes, which are no requests
 * of anyone. The number changes with the shape.
 */
const SHARED = Symbol.for("@xmcp-dev/workos/mount-probes@1");

function shared(): Shared {
  const scope = globalThis as { [SHARED]?: Shared };
  return (scope[SHARED] ??= { probes: new Map() });
}

/**
 * Proves that requests to the server's own endpoint reach the guard, and reports `started` then and not before.
 *
 * A host that drops the guard leaves the server open while its log looks well. So each HTTP server that this process
 * opens is sent a `ping` without a token, until one of them, or a client's POST without a token, enters the guard at the
 * endpoint. When something else carries the ping out, the server is open: that is reported as `unguarded` and, unless
 * the operator decided otherwise, ends the process. Anything else is one warning and ends nothing. Does NOT prove that
 * every server of the process is guarded, nor see another process or what a proxy in front does.
 */
export function createMountProof(
  { baseUrl, endpoint, resource, issuers: [issuer] }: Settings,
  { trail, schedule, newId, audience, exit }: MountProofOptions,
): MountProof {
  const resourceMetadata = protectedResourceMetadataUrl(resource);
  // Behind a proxy that strips a prefix the first is what comes; without one, the second.
  const paths = [...new Set([endpoint, new URL(resource).pathname])];
  const nonce = newId();
  let isOver = false;
  let isWarned = false;
  let servers = 0;

  const close = (): void => {
    isOver = true;
    stopWatching();
    cancelSilence();
    shared().probes.delete(nonce);
  };
  const prove = (): void => {
    if (isOver) return;
    close();
    trail({ kind: "started", resource, issuer, audience: audience() });
  };
  /** A guard that runs for other methods alone, or for requests with a token, leaves the call without one open. */
  const takeRequest = ({ method, headers }: IncomingMessage): void => {
    cancelSilence();
    if (method === "POST" && headers.authorization === undefined) prove();
  };
  const warn = (why: string): void => {
    if (isOver || isWarned) return;
    isWarned = true;
    trail({
      kind: "advice",
      code: "guard_unproved",
      detail:
        `no POST without a token has reached this guard yet, so it is not proved that it guards ${resource}: ${why}. ` +
        "The first one that does is the proof. To check by hand, POST there without a token: the answer must be 401",
    });
  };
  const alarm = (url: string): void => {
    if (isOver) return;
    close();
    const consequence =
      exit === undefined ? "The server stays open" : "The process ends with exit code 1";
    trail({
      kind: "unguarded",
      resource,
      detail:
        `${url} carries out calls without a token, and none of them reaches workosProvider(). In xmcp, is it the ` +
        "default export of src/middleware.ts, as it is? A named export, a promise, { middleware } or a list in a list " +
        `is ignored. Mounted by hand, does it come before the MCP handler, on the same server? ${consequence}`,
    });
    exit?.(1);
  };

  const probeServer = async (server: ListeningServer, isLast: boolean): Promise<void> => {
    let unguardedUrl: string | undefined;
    let why: string | undefined;
    for (const path of paths) {
      if (isOver) return;
      const result = await probe({ server, path, host: baseUrl.host, nonce, resourceMetadata });
      if (result.kind === "guarded") return prove();
      if (result.kind === "unguarded") unguardedUrl = result.url;
      else why ??= result.why;
    }
    if (!isLast) return;
    if (unguardedUrl !== undefined) alarm(unguardedUrl);
    else warn(why ?? "no server could be asked");
  };

  const stopWatching = onListeningServer((server) => {
    servers += 1;
    if (servers > MAX_SERVERS) return;
    cancelSilence();
    for (const [index, delay] of PROBED_AFTER_MS.entries()) {
      const isLast = index === PROBED_AFTER_MS.length - 1;
      schedule(() => void probeServer(server, isLast), delay);
    }
  });
  const cancelSilence = schedule(() => {
    warn(
      "this process has opened no HTTP server since workosProvider() was called, as on a serverless host or after a hot reload",
    );
  }, SILENT_FOR_MS);
  shared().probes.set(nonce, { resource, onEntered: prove });

  return {
    close,
    answer(request, response) {
      const field = request.headers[PROBE_FIELD];
      const sent = typeof field === "string" ? shared().probes.get(field) : undefined;
      if (sent === undefined) {
        if (!isOver && paths.includes(readPath(request))) takeRequest(request);
        return false;
      }
      if (sent.resource === resource) sent.onEntered();
      response.statusCode = 401;
      response.end();
      return true;
    },
  };
}
