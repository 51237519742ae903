import { describe, expect, it } from "vitest";
import { legible, legibleName, oneLine } from "../../src/trail/legible.js";

describe("a text that came with a request", () => {
  it.each([
    ["refund", "refund"],
    ["docs://büro/契約/🧾", "docs://büro/契約/🧾"],
    ["C:\\files", "C:\\files"],
    ["a\r\nb\tc", "a\\u000d\\u000ab\\u0009c"],
    ["\u001b[2Kgone\u009b1m\u007f", "\\u001b[2Kgone\\u009b1m\\u007f"],
    ["a\u2028b\u2029c\u0085d", "a\\u2028b\\u2029c\\u0085d"],
    // What turns the direction of writing makes "user_txt.exe" of this.
    ["user_\u202eexe.txt\u2066\u200f", "user_\\u202eexe.txt\\u2066\\u200f"],
    // What cannot be seen makes two names look like one.
    ["re\u200bfund\ufeff\u00ad", "re\\u200bfund\\ufeff\\u00ad"],
    ["tag\u{e0041}", "tag\\udb40\\udc41"],
    ["half\ud83d", "half\\ud83d"],
  ])("%j is kept as %s", (text, kept) => {
    expect(legible(text)).toBe(kept);
    expect(oneLine(text)).toBe(kept);
  });

  it("is cut to 500 characters, between characters", () => {
    expect(legible("x".repeat(501))).toBe("x".repeat(500));
    expect(legible("é".repeat(501))).toBe("é".repeat(500));
    expect(legible(`${"x".repeat(499)}🧾`)).toBe("x".repeat(499));
    expect(legible(`${"x".repeat(495)}\nz`)).toBe("x".repeat(495));
    expect(legible(`${"x".repeat(494)}\nz`)).toBe(`${"x".repeat(494)}\\u000a`);
    expect(legible("\n".repeat(2_000_000))).toHaveLength(498);
  });

  const JWT = `eyJ${"hbGciOiJSUzI1NiJ9".repeat(2)}.${"eyJzdWIiOiJ1c2VyXzAxIn0".repeat(30)}.${"c2ln".repeat(80)}`;
  const KEY = `sk_${"a1B2c3D4e5F6".repeat(3)}`;

  it.each([
    [`docs://x?access_token=${JWT}`, "docs://x?access_token=[credential]"],
    [`docs://x?access_token=${JWT.slice(0, 200)}`, "docs://x?access_token=[credential]"],
    [JWT, "[credential]"],
    [`Bearer ${JWT} and ${KEY}`, "Bearer [credential] and [credential]"],
    [KEY, "[credential]"],
    [`sk_live_${KEY.slice(3)}`, "[credential]"],
    // Names of tools, and what only begins alike.
    ["sk_learn_regression_model_of_the_year", "sk_learn_regression_model_of_the_year"],
    ["task_sk_1", "task_sk_1"],
    ["eyJ", "eyJ"],
  ])("holds no credential that a caller wrote into it: %#", (text, kept) => {
    expect([legible(text), legibleName(text)]).toEqual([kept, kept]);
  });

  it("is not cut in a line of a log", () => {
    expect(oneLine(`${"x".repeat(600)}\n`)).toBe(`${"x".repeat(600)}\\u000a`);
  });
});
