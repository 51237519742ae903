import process from "node:process";
import { workosFetch } from "@xmcp-dev/workos/fetch";
import { behind } from "./behind.ts";
import { serveUntilEnd } from "./serving.ts";
import { readConfig } from "./tools.ts";

declare const Deno: {
  readonly serve: (
    options: {
      readonly hostname: string;
      readonly port: number;
      readonly onListen: (address: { readonly port: number }) => void;
    },
    handler: (request: Request) => Promise<Response>,
  ) => void;
};

const guard = workosFetch(readConfig(process.env));
const onListen = ({ port }: { readonly port: number }): void => serveUntilEnd(port, guard);
Deno.serve({ hostname: "127.0.0.1", port: 0, onListen }, guard.protect(behind));
