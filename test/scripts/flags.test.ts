/** Bad flags of our commands: one clear line on stderr and the usage below it, exit 2, and nothing was begun. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readFlags, UsageError, wholeNumber } from "../../scripts/flags.ts";
import { takenByNpm } from "../../scripts/taken-by-npm.ts";
import { runs } from "../bad-input/runs.ts";

const ROOT = join(import.meta.dirname, "../..");

function said(script: string, args: string[], npm: Record<string, string> = {}) {
  const env = { ...process.env, ...npm };
  const options = { cwd: ROOT, encoding: "utf8" as const, timeout: 50_000, env };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "scripts", script), ...args], options);
  return { status, stdout, stderr };
}

test.concurrent.each([
  ["simulate.ts", ["--sedes", "5"], "simulate: Unknown option '--sedes'"],
  ["simulate.ts", ["--seeds", "-1"], "simulate: Option '--seeds' argument is ambiguous."],
  ["simulate.ts", ["--seeds", "1e3"], "simulate: --seeds: not a whole number from 1 to 10000000"],
  ["simulate.ts", ["--seed="], "simulate: --seed: not a whole number from 0 to 2147483647"],
  ["rehearse.ts", ["--only"], "rehearse: Option '--only <value>' argument missing"],
  ["rehearse.ts", ["--only", "a\nb"], 'rehearse: --only: no scenario is called "a\\nb"; see --list'],
  ["rehearse.ts", ["--forge", "github", "--only", "forgejo/happy-path"], '"forgejo/happy-path" is not on github'],
  ["rehearse.ts", ["--forge", "gitea"], 'rehearse: --forge: "gitea" is not one of github, forgejo, both'],
  ["golden.ts", ["--only", "nope"], 'golden: --only: "nope" is not one of happy-path'],
  ["mutants.ts", ["--seeds", "0"], "mutants: --seeds: not a whole number from 1 to 1000000"],
  ["mutants.ts", ["--file", "x.patch", "--only", "a"], "mutants: --only: not with --file"],
  ["mutants.ts", ["--file", "x.patch", "--keep"], "mutants: --keep: not with --file"],
  ["start.ts", ["--port", "1"], "start: Unknown option '--port'"],
  ["health.ts", ["--url=http://a"], "health: Unknown option '--url'"],
  ["check.ts", ["--fix"], "check: Unknown option '--fix'"],
  ["build.ts", ["--out", "x"], "build: Unknown option '--out'"],
  ["restore.ts", [], "restore: name one FILE"],
  ["crash.ts", ["7"], "crash: Unexpected argument '7'"],
  ["crash.ts", ["--rounds", "0"], "crash: --rounds: not a whole number from 1 to 10000"],
])("%s %j", async (script, args, line) => {
  const { status, stdout, stderr } = said(script, args);
  const name = script.replace(".ts", "");
  const [first = "", ...usage] = stderr.trimEnd().split("\n");
  expect(first).toContain(line);
  expect(usage.length).toBeGreaterThan(0);
  expect(usage.filter((one) => !one.startsWith(`usage: ${name}`))).toEqual([]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
});

describe("a flag before the ` -- ` of npm", () => {
  const flags = ["dry-run", "force", "out"];

  test.each<[string, string, string[], Record<string, string>, string | null]>([
    ["is named", "setup", [], { dry_run: "true" }, "npm took --dry-run for itself: write npm run setup -- --dry-run"],
    ["with a value", "backup", ["b"], { out: "true" }, "npm took --out for itself: write npm run backup -- --out"],
    ["behind it", "setup", ["--dry-run"], {}, null],
    ["behind it, and npm's own setting", "restore", ["FILE", "--force"], { force: "true" }, null],
    ["behind it with its value, likewise", "backup", ["--out=b"], { out: "b" }, null],
    ["that npm holds off", "restore", ["FILE"], { force: "", yes: "", audit: "" }, null],
    ["that is no flag of the command", "setup", [], { json: "true", npm_version: "11.0.0" }, null],
    ["of another script, above this one", "golden", [], { force: "true" }, null],
  ])("%s", (_what, event, args, config, words) => {
    const npm = Object.fromEntries(Object.entries(config).map(([name, value]) => [`npm_config_${name}`, value]));
    const script = event === "golden" ? "/x/scripts/rehearse.ts" : `/x/scripts/${event}.ts`;
    expect(takenByNpm(flags, { script, args, env: { npm_lifecycle_event: event, ...npm } })).toBe(words);
    expect(takenByNpm(flags, { script, args, env: npm })).toBeNull();
  });

  test.concurrent.each([
    [
      "setup",
      [],
      { npm_config_dry_run: "true" },
      "setup: npm took --dry-run for itself: write npm run setup -- --dry-run",
    ],
    [
      "restore",
      ["FILE"],
      { npm_config_force: "true" },
      "restore: npm took --force for itself: write npm run restore -- --force",
    ],
    [
      "rehearse",
      ["happy-path"],
      {},
      `rehearse: Unexpected argument 'happy-path'. This command does not take positional arguments; flags stand behind " -- ": npm run rehearse -- …`,
    ],
  ])("ends %s %j with 2 before it begins", async (name, args, npm, line) => {
    const { status, stdout, stderr } = said(`${name}.ts`, args, { npm_lifecycle_event: name, ...npm });
    expect(stderr.split("\n")[0]).toBe(line);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  });
});

test.concurrent.each([
  ...["simulate", "backup", "restore", "start", "health", "check", "build"].map((name) => [name, `${name}.ts`]),
  ["schema", "afk-schema.ts"],
])("%s --help", async (name, script) => {
  const { status, stdout, stderr } = said(String(script), ["--help"]);
  expect(stdout).toMatch(new RegExp(`^usage: ${name}`));
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

test("a command whose reader went away ends without a word", async () => {
  const endless = `import { command } from ${JSON.stringify(join(ROOT, "scripts/flags.ts"))};
    await command("endless", [""], async () => { for (;;) { console.log("a line"); await new Promise(setImmediate); } });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", endless]);
  child.stdout.once("data", () => child.stdout.destroy());
  const [words, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect({ words, code }).toEqual({ words: "", code: 141 });
});

describe("flags of any text", () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom("--", "-", "--a", "--a=", "--b=x", "--no-b", "--__proto__", "-a", "--a=\n"),
  );

  test("are read, or refused in one line", () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), (args) => {
        try {
          readFlags({ a: { type: "string" }, b: { type: "boolean" } }, args);
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError);
          expect(String(error)).toMatch(/^Error: [^\n]+$/);
        }
      }),
      runs(300),
    );
  });

  test("a whole number is one, within its bounds", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)), (text) => {
        const number = Number(text);
        const fits = /^\d+$/.test(text) && number >= 2 && number <= 4000;
        if (fits) expect(wholeNumber("--n", text, 2, 4000)).toBe(number);
        else expect(() => wholeNumber("--n", text, 2, 4000)).toThrow("--n: not a whole number from 2 to 4000");
      }),
      runs(200),
    );
  });
});
