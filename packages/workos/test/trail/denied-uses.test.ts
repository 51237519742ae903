import { describe, expect, it } from "vitest";
import type { AuthEvent } from "../../src/index.js";
import { call, startObserved } from "./observed.js";

const listen = (resourceSubscriptions: readonly string[]): object => ({
  jsonrpc: "2.0",
  id: 7,
  method: "subscriptions/listen",
  params: { notifications: { resourceSubscriptions } },
});

/** So many URIs. */
const uris = (length: number): readonly string[] =>
  Array.from({ length }, (_, index) => `x://${index}`);

describe("denied uses", () => {
  it("are events, each of them, whichever the answer is about", async () => {
    const { post, events } = await startObserved({
      config: {
        access: {
          tools: {
            open: "authenticated",
            refund: { caller: "user", organization: "org_01GLOBEX" },
          },
        },
      },
    });
    const twice = listen(["x://1", "x://2", "x://1"]);
    await post([call("refund"), call("open"), call("secret"), twice]);
    const denied = events as Extract<AuthEvent, { kind: "denied" }>[];
    expect(
      denied.map(({ target, reason, part, isFurther }) => [target?.name, reason, part, isFurther]),
    ).toEqual([
      ["secret", "not_in_access_map", undefined, undefined],
      ["refund", "organization_required", undefined, true],
      // As often as it is named, it is one use.
      ["x://1", "not_in_access_map", { number: 1, of: 2 }, true],
      ["x://2", "not_in_access_map", { number: 2, of: 2 }, true],
    ]);
    expect(new Set(denied.map(({ callId }) => callId)).size).toBe(4);
  });

  it("T-12: are a hundred of a request at most, whatever its messages name", async () => {
    const { post, events } = await startObserved({ config: { access: { tools: {} } } });
    await post(Array.from({ length: 100 }, () => listen(uris(2))));
    expect(events).toHaveLength(100);
    events.length = 0;
    await post(Array.from({ length: 20 }, () => listen(uris(4))));
    expect(events).toHaveLength(40);
  });

  it("T-18: of a request over its budget are one event, the refusal", async () => {
    const { post, events } = await startObserved({ config: { access: { tools: {} } } });
    await post(listen(uris(20_000)));
    expect(events).toMatchObject([{ kind: "refused", reason: "too_many_targets", status: 413 }]);
  });

  it("T-12: are fifty of a message at most", async () => {
    const { post, events } = await startObserved({ config: { access: { tools: {} } } });
    await post(listen(uris(100)));
    expect(events).toHaveLength(50);
  });
});
