import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CASES } from "./cases.ts";
import { HOSTS } from "./hosts-under-test.ts";
import { openWorld, type World } from "./world.ts";

describe.each(HOSTS)("on the host $name", (host) => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld(host);
  });
  afterAll(async () => {
    await world?.close();
  });

  // oxlint-disable-next-line vitest/expect-expect -- the cases assert
  it.each(CASES.filter(({ id }) => host.lacks[id] === undefined))("$id: $title", ({ run }) =>
    run(world),
  );

  it.each(CASES.filter(({ id }) => host.lacks[id] !== undefined))(
    "$id is lacked, and would not pass",
    async ({ run }) => {
      await expect(run(world)).rejects.toBeInstanceOf(Error);
    },
  );
});

it("every case has an id of its own, and hosts lack only cases that there are, with a reason", () => {
  const ids = CASES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { name, lacks } of HOSTS) {
    for (const [id, reason] of Object.entries(lacks)) {
      expect([name, id, reason.length > 20]).toEqual([name, ids.find((one) => one === id), true]);
    }
  }
});
