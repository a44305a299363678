/** docs/settings.md names every setting once, and each default it names is the one that holds. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseSettings, SETTING_NAMES } from "../../lib/core/config.ts";
import { READS_MS_MAX, REQUESTS_MAX } from "../../lib/loop/sweep-plan.ts";
import { parseDevVars } from "../../scripts/start/dev-vars.ts";
import { LAUNCHER_NAMES, readStartSettings } from "../../scripts/start/settings.ts";
import { codesIn, pages, rows } from "./pages.ts";

const all: string[] = [...new Set([...SETTING_NAMES, ...LAUNCHER_NAMES])];
const documented = rows("docs/settings.md", "setting").map(([names = "", defaults = "", what = ""]) => ({
  names: codesIn(names),
  defaults: defaults === "" || /^(empty|none|the .+)$/.test(defaults) ? [] : defaults.split(", ").map(bare),
  what,
}));

function bare(text: string): string {
  return text.replaceAll("`", "");
}

test("every setting stands there once, and nothing that is none", () => {
  expect(documented.flatMap(({ names }) => names).toSorted()).toEqual(all.toSorted());
});

test("each says what it is", () => {
  expect(documented.filter(({ what }) => what === "").map(({ names }) => names)).toEqual([]);
});

test("a default that is told is the one that holds", () => {
  const told = documented.filter(({ defaults }) => defaults.length > 0);
  expect(told.length).toBeGreaterThan(15);
  for (const { names, defaults } of told) {
    expect(defaults, names.join()).toHaveLength(names.length);
    const env = Object.fromEntries(names.map((name, at) => [name, defaults[at] ?? ""]));
    expect(parseSettings(env), names.join()).toEqual(parseSettings({}));
    const start = (given: Record<string, string>) => {
      const { worker: _, ...own } = readStartSettings({ env: given, devVars: null, cwd: "/x" });
      return own;
    };
    expect(start(env), names.join()).toEqual(start({}));
  }
});

test("a number without a default in the table would not go unseen: each of them moves a setting", () => {
  for (const { names, defaults } of documented) {
    for (const [at, name] of names.entries()) {
      if (!/^[\d.]+$/.test(defaults[at] ?? "") || !SETTING_NAMES.some((known) => known === name)) continue;
      expect(parseSettings({ [name]: String(Number(defaults[at]) + 1) }), name).not.toEqual(parseSettings({}));
    }
  }
});

test("the example file names settings only, and arms nothing", () => {
  const text = readFileSync(".dev.vars.example", "utf8");
  const uncommented = text.replace(/^# (?=[A-Z0-9_]+=)/gm, "");
  const named = parseDevVars(uncommented, ".dev.vars.example").map(({ name }) => name);
  expect(named.filter((name) => !all.includes(name))).toEqual([]);
  const env = Object.fromEntries(parseDevVars(text, ".dev.vars.example").map(({ name, value }) => [name, value]));
  expect(parseSettings(env)).toEqual(parseSettings({}));
});

test("no page speaks of a setting that there is not", () => {
  const prefixed = /\b(?:AFK|T3|GITHUB|FORGEJO|SLACK|NTFY)_[A-Z0-9_]*[A-Z0-9]\b/g;
  const elsewhere = /^AFK_CI_BEFORE_TESTS$/;
  const unknown = pages().flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(prefixed)]
      .map(([name]) => name)
      .filter((name) => !all.includes(name) && !elsewhere.test(name))
      .map((name) => `${page}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

test("where a sweep ends its reads is told as the code has it", () => {
  const most = REQUESTS_MAX;
  const adr = readFileSync("docs/adr/0007-the-sweep-reads-each-repo-conditionally.md", "utf8");
  expect(adr).toContain(`once ${most} requests are made`);
  expect(adr).toContain(`more than ${most} idle enrolled repos`);
  const after = `${READS_MS_MAX / 1000} s`;
  expect(adr).toContain(`or ${after} after the sweep began`);
  expect(readFileSync("docs/settings.md", "utf8")).toContain(`ends its reads at ${most} requests, or after ${after}`);
});
