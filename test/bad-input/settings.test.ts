/**
 * Settings out of any text: reading them never throws, what cannot be parsed disables and is named, and no reason that
 * others may read repeats a value. `.dev.vars` is read whole or refused with file and line.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { disabledReasons, parseHeaders, parseSettings, SETTING_NAMES } from "../../lib/core/config.ts";
import { forgePorts, forgeSettingErrors } from "../../lib/forge/forge.ts";
import { DevVarsError, parseDevVars } from "../../scripts/start/dev-vars.ts";
import { readStartSettings, SettingsError } from "../../scripts/start/settings.ts";
import { runs } from "./runs.ts";

const odd = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.json(),
  fc.constantFrom("\0", "\ud800", "\uFEFFtrue", "true\u0000", "1e400", "0x10", "٣", "１", "-0", "NaN", "null", "{}"),
  fc.constantFrom("github:../..", "github:a/b/c", "http://", "https://[", "javascript:1", "//t3", "http://u:p@h"),
  fc.constantFrom('{"m":{"in":1e400,"out":1}}', '{"__proto__":{"in":1,"out":2}}', '{"__proto__":"x"}', '{"a":["b"]}'),
  fc.constantFrom("x".repeat(100_000), "[".repeat(50_000), ",".repeat(50_000)),
);
const environment = fc.dictionary(fc.constantFrom(...SETTING_NAMES), odd, { maxKeys: 8 });
/** Long enough that no reason says it by chance. */
const unlikely = fc.stringMatching(/^[a-z]{3}Zq[a-z0-9]{9}$/);

describe("settings", () => {
  test("of any text never throw, and any error disables and is named", () => {
    fc.assert(
      fc.property(environment, (values) => {
        const settings = parseSettings(values);
        const reasons = disabledReasons(settings);
        for (const { setting, reason } of settings.errors) {
          expect(SETTING_NAMES).toContain(setting);
          expect(reason).not.toBe("");
          expect(reasons).toContain(`${setting}: ${reason}`);
        }
        for (const price of Object.values(settings.config.prices))
          for (const usd of [price.in, price.out]) expect(usd).toBeLessThan(Number.POSITIVE_INFINITY);
        expect(Object.getPrototypeOf(settings.config.prices)).toBe(Object.prototype);
        parseHeaders(values.T3_HEADERS);
        forgeSettingErrors(values, ["github", "forgejo"]);
        forgePorts({ forge: "github", owner: "o", name: "n" }, values, {
          fetch: async () => new Response(),
          callMs: 1000,
        });
      }),
      runs(400),
    );
  });

  test.each(SETTING_NAMES)("%s: no reason repeats its value", (setting) => {
    fc.assert(
      fc.property(unlikely, fc.constantFrom("", ",", "{", '{"a":', "://", "*", ":", "/", " "), (word, beside) => {
        for (const value of [
          word,
          `${word}${beside}`,
          `${beside}${word}`,
          `${word}${beside}${word}`,
          `{"${word}":1}`,
        ]) {
          const env = { [setting]: value };
          const said = JSON.stringify([parseSettings(env).errors, forgeSettingErrors(env, ["github"])]);
          expect(said).not.toContain(word);
        }
      }),
      runs(10),
    );
  });

  test("a price beyond all numbers is refused, and one of a model called __proto__ is a price", () => {
    expect(parseSettings({ AFK_PRICES: '{"m":{"in":1e400,"out":1}}' }).errors).toMatchObject([
      { setting: "AFK_PRICES" },
    ]);
    const { prices } = parseSettings({ AFK_PRICES: '{"__proto__":{"in":1,"out":2}}' }).config;
    expect(Object.entries(prices)).toEqual([["__proto__", { in: 1, out: 2 }]]);
  });
});

describe(".dev.vars", () => {
  const line = fc.oneof(
    fc
      .tuple(fc.constantFrom(...SETTING_NAMES, "PORT", "DATA_DIR", "1X", ""), odd)
      .map(([name, value]) => `${name}=${value}`),
    odd,
    fc.constantFrom("# a comment", "", "export A=1", `A="`, "A='x' y", "\uFEFF"),
  );
  const file = fc.array(line, { maxLength: 6 }).chain((lines) => fc.constantFrom(lines.join("\n"), lines.join("\r\n")));

  test("of any text is read, or refused with file and line", () => {
    fc.assert(
      fc.property(file, (text) => {
        try {
          for (const { name, value } of parseDevVars(text, ".dev.vars"))
            expect([typeof name, typeof value]).toEqual(["string", "string"]);
        } catch (error) {
          expect(error).toBeInstanceOf(DevVarsError);
          expect(String(error)).toMatch(/^Error: \.dev\.vars:\d+: /);
        }
      }),
      runs(300),
    );
  });

  test("no refusal repeats a value", () => {
    fc.assert(
      fc.property(unlikely, (word) => {
        for (const text of [
          `T3_TOKEN="${word}`,
          `T3_TOKEN="a" ${word}`,
          `T3_TOKEN=a\nT3_TOKEN=${word}`,
          `= ${word}`,
          word,
        ])
          expect(() => parseDevVars(text, ".dev.vars")).toThrow(
            expect.not.objectContaining({ message: expect.stringContaining(word) }),
          );
      }),
      runs(20),
    );
  });

  test("with any environment, npm start has its settings or one clear reason", () => {
    const names = fc.constantFrom("PORT", "AFK_CONTROL_PORT", "DATA_DIR", "AFK_SWEEP_SECONDS", ...SETTING_NAMES);
    fc.assert(
      fc.property(fc.dictionary(names, odd, { maxKeys: 5 }), (env) => {
        try {
          const { port, controlPort, sweepSeconds } = readStartSettings({ env, devVars: null, cwd: "/home/me" });
          for (const number of [port, controlPort]) expect(number).toBeLessThanOrEqual(65_535);
          expect(sweepSeconds).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(SettingsError);
        }
      }),
      runs(200),
    );
  });
});
