import { modern } from "../support/rpc.ts";

/** A request that no client would send. */
export interface Attack {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer | object;
}

export const request = (method: string, params: object, id: unknown = 1): object => ({
  jsonrpc: "2.0",
  id,
  method,
  params,
});
export const call = (name: unknown, more: object = {}): object =>
  request("tools/call", { name, arguments: {}, ...more });
export const read = (uri: unknown): object => request("resources/read", { uri });

/** The same request in both eras. */
export const inBothEras = (
  method: string,
  params: Record<string, unknown>,
  name?: string,
): Attack[] => [{ body: request(method, params) }, modern(method, params, name)];

const json = (members: string): Attack => ({ body: `{"jsonrpc":"2.0","id":1,${members}}` });
const PANEL = '"params":{"name":"panel","arguments":{}}';

/** Bodies in which a guard and a dispatcher may read different things. */
export const BODIES: readonly (readonly [string, readonly Attack[]])[] = [
  [
    "repeated keys",
    [
      json(`"method":"tools/list","method":"tools/call",${PANEL}`),
      json(`"method":"tools/call","method":"tools/list",${PANEL}`),
      json(`"method":"tools/call","params":{"name":"whoami"},${PANEL}`),
      json(`"method":"tools/call",${PANEL},"params":{"name":"whoami"}`),
      json('"method":"tools/call","params":{"name":"whoami","name":"panel"}'),
      json('"method":"tools/call","params":{"name":"panel","name":"whoami"}'),
      json('"method":"resources/read","params":{"uri":"config://app","uri":"docs://secret"}'),
    ],
  ],
  [
    "keys and names in other letters",
    [
      json('"Method":"tools/call","Params":{"Name":"panel"}'),
      json('"method":"ping","METHOD":"tools/call","params":{"name":"panel"}'),
      json('"method":"tools/call","params":{"name":"whoami","Name":"panel","NAME":"panel"}'),
      json('"method":"tools/call","params":{"Name":"panel"}'),
      json('"method":"tools/call","Params":{"name":"panel"},"params":{"name":"whoami"}'),
      ...["Tools/Call", "TOOLS/CALL", "tools/call ", " tools/call", "tools//call", "tools.call"]
        .concat("tools/call\u0000", "tools\\call", "/tools/call", "mcp/tools/call")
        .map((method) => ({ body: request(method, { name: "panel" }) })),
      ...["Panel", "PANEL", "panel ", " panel", "panel\u0000", "panel\n", "p\u0430nel", "panel.ts"]
        .concat("./panel", "/panel", "panel/", "tools/panel", "panel\u200b", "\ufeffpanel")
        .map((name) => ({ body: call(name) })),
    ],
  ],
  [
    "escapes",
    [
      json(`"method":"tools\\/call",${PANEL}`),
      json(`"meth\\u006fd":"tools\\u002fcall",${PANEL}`),
      json('"method":"tools/call","params":{"n\\u0061me":"\\u0070anel"}'),
      json('"method":"resources/read","params":{"\\u0075ri":"docs:\\/\\/secret"}'),
    ],
  ],
  [
    "prototypes",
    [
      json('"method":"tools/call","params":{"__proto__":{"name":"panel"},"arguments":{}}'),
      json('"method":"tools/call","__proto__":{"params":{"name":"panel"}}'),
      json('"__proto__":{"method":"tools/call","params":{"name":"panel"}}'),
      json('"method":"tools/call","params":{"constructor":{"prototype":{"name":"panel"}}}'),
      json('"method":"resources/read","params":{"__proto__":{"uri":"docs://secret"}}'),
      json('"method":"prompts/get","params":{"__proto__":{"name":"audit"}}'),
      ...["__proto__", "constructor", "toString", "hasOwnProperty"].flatMap((name) => [
        { body: call(name) },
        { body: request("prompts/get", { name, arguments: {} }) },
        { body: read(name) },
      ]),
    ],
  ],
  [
    "values of other types",
    [
      ...[["panel"], { name: "panel" }, { toString: "panel" }, 7, true, null].map((name) => ({
        body: call(name),
      })),
      { body: { jsonrpc: "2.0", id: 1, method: ["tools/call"], params: { name: "panel" } } },
      { body: { jsonrpc: "2.0", id: 1, method: { tools: "call" }, params: { name: "panel" } } },
      { body: { jsonrpc: "2.0", id: 1, method: "tools/call", params: [{ name: "panel" }] } },
      { body: { jsonrpc: "2.0", id: 1, method: "tools/call", params: "panel" } },
      { body: read(["docs://secret"]) },
      { body: read({ href: "docs://secret" }) },
      ...[null, true, {}, [], 1.5, "", -1].map((id) => ({
        body: request("tools/call", { name: "panel" }, id),
      })),
      { body: { method: "tools/call", params: { name: "panel" } } },
      { body: { jsonrpc: "1.0", id: 1, method: "tools/call", params: { name: "panel" } } },
      { body: { id: 1, method: "tools/call", params: { name: "panel" }, result: {} } },
    ],
  ],
  [
    "wrappings",
    [
      { body: [[call("panel")]] },
      { body: { 0: call("panel"), length: 1 } },
      { body: { jsonrpc: "2.0", id: 1, method: "ping", params: call("panel") } },
      { body: { jsonrpc: "2.0", id: 1, method: "ping", requests: [call("panel")] } },
      { body: { batch: [call("panel")] } },
      { body: JSON.stringify(JSON.stringify(call("panel"))) },
      { body: `\ufeff${JSON.stringify(call("panel"))}` },
      { body: ` \r\n\t${JSON.stringify(call("panel"))}\n` },
      { body: `${JSON.stringify(call("whoami"))}\n${JSON.stringify(call("panel"))}` },
      { body: `${JSON.stringify(call("whoami"))}\u0000${JSON.stringify(call("panel"))}` },
      { body: `// x\n${JSON.stringify(call("panel"))}` },
      { body: `data: ${JSON.stringify(call("panel"))}\n\n` },
    ],
  ],
  [
    "arguments and members that a dispatcher might take for the name",
    [
      { body: call("whoami", { tool: "panel", toolName: "panel", method: "tools/call" }) },
      { body: call("whoami", { arguments: { name: "panel" } }) },
      { body: call("panel", { task: { ttl: 60_000 } }) },
      { body: call("panel", { inputResponses: {}, requestState: "x" }) },
      { body: call("panel", { _meta: { progressToken: 1 } }) },
    ],
  ],
];

/** Spellings of a URI that a server may take for the plain one. */
export const spellings = (scheme: string, rest: string): string[] => {
  const [host = "", path = ""] = rest.split(/(?=\/)/, 2);
  const encoded = rest.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
  return [
    `${scheme}://${rest}`,
    `${scheme.toUpperCase()}://${rest}`,
    `${scheme}://${rest.toUpperCase()}`,
    `${scheme}://${host.toUpperCase()}${path}`,
    `${scheme}://${encoded}`,
    `${scheme}://${rest.replaceAll(".", "%2e")}`,
    `${scheme}://${rest.replaceAll("/", "%2f")}`,
    ` ${scheme}://${rest}`,
    `${scheme}://${rest} `,
    `\t${scheme}://${rest}\n`,
    `${scheme}:\t//${rest}`,
    `${scheme}://${rest.slice(0, 3)}\n${rest.slice(3)}`,
    `\u0000${scheme}://${rest}`,
    `${scheme}://${rest}\u0000`,
    `${scheme}://${rest}#`,
    `${scheme}://${rest}#x`,
    `${scheme}://${rest}?`,
    `${scheme}://${rest}?x=1`,
    `${scheme}://${rest}/`,
    `${scheme}://${rest}/.`,
    `${scheme}://${rest}/x/..`,
    `${scheme}://${host}:${path}`,
    `${scheme}://${host}:80${path}`,
    `${scheme}://@${rest}`,
    `${scheme}://user:pass@${rest}`,
    `${scheme}://${host}/.${path}`,
    `${scheme}://${host}/x/..${path}`,
    `${scheme}://${host}/%2e${path}`,
    `${scheme}://${host}/x/%2e%2e${path}`,
    `${scheme}://${host}/${path}`,
    `${scheme}:///${rest}`,
    `${scheme}:/${rest}`,
    `${scheme}:${rest}`,
    `${scheme}:\\\\${rest}`,
    `${scheme}://${rest.replaceAll("/", "\\")}`,
    `${scheme}://x/../${rest}`,
    `${scheme}://\u00ad${rest}`,
    `${scheme}://${rest.replace("e", "\uff45")}`,
    `view-source:${scheme}://${rest}`,
  ];
};
