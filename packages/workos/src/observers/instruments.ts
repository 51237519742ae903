import type { Counter, Histogram, Meter } from "@opentelemetry/api";

/** What metrics are made with. */
export interface Instruments {
  readonly durations: Histogram;
  readonly refusals: Counter;
  readonly denials: Counter;
  readonly outages: Counter;
  readonly calls: Histogram;
  readonly advice: Counter;
}

/** Makes the instruments of a meter, by the names of the conventions where there are some. */
export function createInstruments(meter: Meter): Instruments {
  return {
    durations: meter.createHistogram("mcp.server.operation.duration", {
      unit: "s",
      description: "MCP requests and notifications, from their coming to the end of the answer",
      advice: {
        explicitBucketBoundaries: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
      },
    }),
    refusals: meter.createCounter("workos.refusals", {
      description: "Requests turned away, by reason",
    }),
    denials: meter.createCounter("workos.denials", {
      description: "Uses that authenticated callers were denied, by reason and rule",
    }),
    outages: meter.createCounter("workos.outages", {
      description: "Times that something of WorkOS became unreachable",
    }),
    calls: meter.createHistogram("http.client.request.duration", {
      unit: "s",
      description: "Calls of the WorkOS API, retries included",
      advice: {
        explicitBucketBoundaries: [
          0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
        ],
      },
    }),
    advice: meter.createCounter("workos.advice", {
      description: "Things that work and should be put right, by code",
    }),
  };
}
