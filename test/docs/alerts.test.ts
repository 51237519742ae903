import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const read = (path: string): string =>
  readFileSync(join(import.meta.dirname, "../..", path), "utf8");

/** As OpenTelemetry's Prometheus exporter writes names. */
const METRICS = {
  workos_outages_total: "workos.outages",
  workos_refusals_total: "workos.refusals",
  workos_denials_total: "workos.denials",
  workos_advice_total: "workos.advice",
  mcp_server_operation_duration_seconds_bucket: "mcp.server.operation.duration",
};
const ATTRIBUTES = [
  "about",
  "code",
  "http_response_status_code",
  "reason",
  "rule",
  "gen_ai_tool_name",
];

it("the alert rules ask for metrics, attributes and reasons that exist", () => {
  const rules = read("docs/snippets/alerts.yaml");
  const source = read("packages/workos/src/observers/instruments.ts");
  const reasons = read("docs/refusals.md");

  const asked = new Set(rules.match(/\b(?:workos|mcp)_[a-z_]+/g));
  expect([...asked].toSorted()).toEqual(Object.keys(METRICS).toSorted());
  for (const name of Object.values(METRICS)) expect(source).toContain(`"${name}"`);

  const attributes = [...rules.matchAll(/([a-z_]+)(?:=~|!=|=)"/g)].map(([, name]) => name ?? "");
  expect(attributes.length).toBeGreaterThan(4);
  for (const name of attributes) expect(ATTRIBUTES).toContain(name);

  const named = [...rules.matchAll(/(?:reason|code)(?:=~|!=|=)"([a-z_|]+)"/g)].flatMap(
    ([, list]) => list?.split("|") ?? [],
  );
  expect(named.length).toBeGreaterThan(5);
  for (const reason of named) expect(reasons).toContain(`\`${reason}\``);
});
