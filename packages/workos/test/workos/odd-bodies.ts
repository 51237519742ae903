import type { ServerResponse } from "node:http";

/** Answers a request with something else than the right body. */
export type Odd = (response: ServerResponse, right: string) => void;

export const send = (
  response: ServerResponse,
  status: number,
  body: string,
  type: string,
): void => {
  response.writeHead(status, { "content-type": type });
  response.end(body);
};
export const json =
  (body: string): Odd =>
  (response) => {
    send(response, 200, body, "application/json");
  };

/** What gateways, proxies and broken servers answer. */
export const ODD: readonly (readonly [string, Odd])[] = [
  ["{}", json("{}")],
  ['{"data":null}', json('{"data":null}')],
  ["[]", json("[]")],
  ["null", json("null")],
  ["an empty 200", json("")],
  ["a 204", (response) => response.writeHead(204).end()],
  ["a page of HTML", (response) => send(response, 200, "<p>Sign in</p>", "text/html")],
  [
    "a 302 to the right answer",
    (response) => response.writeHead(302, { location: "/moved" }).end(),
  ],
  [
    "a 307 with a body to the right answer",
    (response) => {
      response.writeHead(307, { location: "/moved", "content-type": "application/json" });
      response.end("{}");
    },
  ],
  ["the right answer cut short", (response, right) => json(right.slice(0, -2))(response, right)],
  [
    "a list of something else",
    json('{"object":"list","data":[{"object":"organization","id":"org_01"}],"list_metadata":{}}'),
  ],
  ['{"success":true}', json('{"success":true}')],
  [
    "a router's 404",
    (response) =>
      send(response, 404, '{"message":"no Route matched with those values"}', "application/json"),
  ],
  [
    "a gateway's 404 with a number for a code",
    (response) => send(response, 404, '{"code":404,"message":"Not Found"}', "application/json"),
  ],
  [
    "a gateway's 404 with a code of its own",
    (response) => send(response, 404, '{"code":"NOT_FOUND"}', "application/json"),
  ],
  [
    "a firewall's 400",
    (response) => send(response, 400, '{"message":"Bad request"}', "application/json"),
  ],
  ["a firewall's 422", (response) => send(response, 422, '{"error":"waf"}', "application/json")],
  ["a firewall's page with 400", (response) => send(response, 400, "<p>Blocked</p>", "text/html")],
  ["a firewall's page with 422", (response) => send(response, 422, "<p>Blocked</p>", "text/html")],
];
