import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline, Readable, type Transform } from "node:stream";
import {
  brotliCompressSync,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  deflateRawSync,
  deflateSync,
  gzipSync,
} from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  createGuardedTransport,
  PrivateAddressError,
  type NameLookup,
} from "../../src/clients/document-transport.js";
import { createMetadataDocuments } from "../../src/clients/metadata-documents.js";
import { createEmulator, type Emulator } from "../../src/index.js";
import { Browser, createPkce } from "../support/browser.js";
import { authorizePath, callback } from "../support/oauth-client.js";

const clientId = "https://client.example/oauth/client.json";
const document = { client_id: clientId, client_name: "Example Client", redirect_uris: [callback] };

async function open(emulator: Emulator, id: string): Promise<Browser["page"]> {
  return new Browser(emulator).open(authorizePath(id, createPkce()));
}

const json = { "content-type": "application/json" };

/** Answers with the document under /coded/<the Content-Encoding field>, or with spaces without end. */
function serveCoded(path: string, id: string, response: ServerResponse): void {
  const [, , coding = "", kind = ""] = decodeURIComponent(path).split("/");
  const bytes = Buffer.from(JSON.stringify({ ...document, client_id: id }));
  const coders: Readonly<Record<string, (text: Buffer) => Buffer>> = {
    gzip: gzipSync,
    "x-gzip": gzipSync,
    br: brotliCompressSync,
    deflate: kind === "raw" ? deflateRawSync : deflateSync,
    "gzip, br": (text) => brotliCompressSync(gzipSync(text)),
  };
  const coded = (coders[coding.toLowerCase()] ?? ((text) => text))(bytes);
  response.writeHead(200, { ...json, "content-encoding": coding });
  if (kind === "cut") response.end(coded.subarray(0, coded.length - 12));
  else if (kind !== "bomb") response.end(coded);
  else {
    const compressors: Readonly<Record<string, () => Transform>> = {
      gzip: createGzip,
      // The best quality, which is the default, keeps megabytes back before it writes.
      br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 0 } }),
      deflate: createDeflate,
    };
    const compressor = compressors[coding]?.() ?? createGzip();
    const spaces = new Readable({ read: (size) => void spaces.push(Buffer.alloc(size, " ")) });
    pipeline(spaces, compressor, response, () => closed.push(coding));
  }
}

/** The bombs whose connection was closed by the reader. */
const closed: string[] = [];

describe("the transport that was not replaced", () => {
  let server: Server;
  let origin: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const id = `${origin}${request.url}`;
      if (request.url === "/moved") response.writeHead(302, { location: "/client.json" }).end();
      else if (request.url === "/empty") response.writeHead(204).end();
      else if (request.url?.startsWith("/coded/") === true) serveCoded(request.url, id, response);
      else
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ ...document, client_id: id }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("fetches from loopback, where a developer's client is, when it is allowed to", async () => {
    const id = `${origin}/client.json`;
    expect((await open(createEmulator(), id)).name).toBe("error");
    const emulator = createEmulator({ allowLoopbackMetadata: true });
    expect((await open(emulator, id)).name).toBe("sign-in");
  });

  it.each(["/moved", "/empty"])("does not take %s for a document", async (path) => {
    const emulator = createEmulator({ allowLoopbackMetadata: true });
    expect((await open(emulator, `${origin}${path}`)).name).toBe("error");
  });

  it.each(["gzip", "GZIP", "x-gzip", "br", "deflate", "identity"])(
    "reads a document with the Content-Encoding %s",
    async (coding) => {
      const emulator = createEmulator({ allowLoopbackMetadata: true });
      expect((await open(emulator, `${origin}/coded/${coding}`)).name).toBe("sign-in");
    },
  );

  it.each(["gzip%2C%20br", "zstd", "x", "deflate/raw", "gzip/cut", "gzip%2C%20gzip%2C%20gzip"])(
    "refuses a document with the Content-Encoding %s",
    async (coding) => {
      const emulator = createEmulator({ allowLoopbackMetadata: true });
      expect((await open(emulator, `${origin}/coded/${coding}`)).markup).toContain(
        "cannot be fetched",
      );
    },
  );

  it.each(["gzip", "br", "deflate"])(
    "AS-04: stops at 10 KB of a %s document that decompresses without end, and closes the connection",
    async (coding) => {
      const emulator = createEmulator({ allowLoopbackMetadata: true });
      const page = await open(emulator, `${origin}/coded/${coding}/bomb`);
      expect(page.markup).toContain("is too large");
      await vi.waitFor(() => expect(closed).toContain(coding));
    },
  );

  const answers = (...addresses: string[]): NameLookup => {
    return (_name, _options, done) =>
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
      );
  };

  it.each([
    ["127.0.0.1"],
    ["10.1.2.3"],
    ["8.8.8.8", "192.168.0.1"],
    ["::1"],
    ["::ffff:169.254.169.254"],
  ])("AS-04: does not connect to a public name that leads to %s", async (...addresses) => {
    const transport = createGuardedTransport(answers(...addresses));
    await expect(transport(new URL(clientId), AbortSignal.timeout(2_000))).rejects.toThrow(
      PrivateAddressError,
    );
    const documents = createMetadataDocuments(transport, () => 0);
    expect(await documents.find(clientId)).toEqual({
      ok: false,
      message: "The client_id points to a private address.",
    });
  });

  it("passes on that a name has no address", async () => {
    const transport = createGuardedTransport(answers());
    await expect(transport(new URL(clientId), AbortSignal.timeout(2_000))).rejects.toThrow(
      "no address",
    );
  });
});
