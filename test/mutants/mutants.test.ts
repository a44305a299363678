/**
 * The mutants stand for every row, every gate and the mistakes we know of, and fit the code they are mistakes in; the
 * runner grades them truly. Playing all of them is `npm run mutants`.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { GATES } from "../../lib/core/gate-table.ts";
import { keepFound, type Mutant, readFound, readMutant, readMutants } from "./mutant.ts";
import { type Plan, runMutants } from "./run-mutants.ts";
import { applyPatch, copyTree, removeTree } from "./tree.ts";

const root = join(import.meta.dirname, "../..");
const mutants = readMutants(import.meta.dirname);
const unaborted = new AbortController().signal;
const ROWS = Array.from({ length: 25 }, (_, index) => `row ${index + 1}`);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "afk-mutants-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the mutants", () => {
  it("are forty at least, and each names the rule it breaks", () => {
    expect(mutants.length).toBeGreaterThanOrEqual(40);
    const mute = mutants.filter(({ rule, why }) => rule === null || rule < 1 || rule > 10 || why === "");
    expect(mute.map(({ name }) => name)).toEqual([]);
  });

  it("stand for each row of the table and each gate", () => {
    const wanted = [...ROWS, ...GATES.map((gate) => `gate ${gate.code}`)];
    const covered = mutants.flatMap(({ covers }) => covers);
    expect(wanted.filter((one) => !covered.includes(one))).toEqual([]);
    expect(covered.filter((one) => !wanted.includes(one))).toEqual([]);
  });

  it("are noted with the seeds that found them, and no other is", () => {
    const names = mutants.map(({ name }) => name);
    expect(Object.keys(readFound(import.meta.dirname)).filter((name) => !names.includes(name))).toEqual([]);
  });

  it.each(mutants)("fit the code as it stands: $name", ({ file }) => {
    execFileSync("git", ["apply", "--check", file], { cwd: root, stdio: "pipe" });
  });
});

/** A patch that changes one line of a file, with its neighbours as they are. */
function patch(name: string, path: string, line: string, instead: string): Mutant {
  const lines = readFileSync(join(root, path), "utf8").split("\n");
  const at = Math.max(2, lines.indexOf(line));
  const context = (from: number) => lines.slice(from, from + 2).map((text) => ` ${text}`);
  const hunk = [`@@ -${at - 1},5 +${at - 1},5 @@`, ...context(at - 2), `-${line}`, `+${instead}`, ...context(at + 1)];
  const text = ["# breaks rule 6: on purpose", `--- a/${path}`, `+++ b/${path}`, ...hunk, ""].join("\n");
  const file = join(folder, `${name}.patch`);
  writeFileSync(file, text);
  return readMutant(file);
}

const IMPORT = 'import type { ExecutorSnapshot } from "../executor/executor.ts";';

async function grade(wanted: Mutant[], plan: Partial<Plan> = {}): Promise<{ lines: string[]; code: number }> {
  const lines: string[] = [];
  const say = (line: string) => lines.push(line);
  const plain = { root, mutants: wanted, seeds: 3, controlSeeds: 1, jobs: 2, say, signal: unaborted };
  const code = await runMutants({ ...plain, ...plan });
  return { lines, code };
}

function named(name: string): Mutant {
  const mutant = mutants.find((one) => one.name === name);
  if (!mutant) throw new Error(`no mutant ${name}`);
  return mutant;
}

describe("what found them", () => {
  it("is kept by name, beside what was kept, but for mutants that are gone", () => {
    const kept = mkdtempSync(join(folder, "kept-"));
    for (const name of ["a", "b"]) writeFileSync(join(kept, `${name}.patch`), "");
    keepFound(kept, { b: 7, gone: 1 });
    keepFound(kept, { a: 3 });
    expect(readFound(kept)).toEqual({ a: 3, b: 7 });
  });
});

describe("the runner", () => {
  it("finds a mutant, and holds the control to the same seeds", { timeout: 300_000 }, async () => {
    const { lines, code } = await grade([named("label-kept-at-hand-over")], { seeds: 40 });
    expect(lines[0]).toMatch(/^FOUND label-kept-at-hand-over rule=6 seed=\d+: .+ \(breaks rule 6: .+\)$/);
    const seed = /seed=(\d+)/.exec(lines[0] ?? "")?.[1];
    expect(lines.slice(1)).toEqual([`CONTROL clean seeds=${seed}`, "mutants: 1 found, 0 survived, 0 broken"]);
    expect(code).toBe(0);
  });

  it("plays the seed that found a mutant the last time before all others", { timeout: 300_000 }, async () => {
    const found: Record<string, number> = {};
    const hinted = [2, 3, 41].map((seed) => ({
      ...named("alarm-forgets-acts"),
      name: `by-${seed}`,
      foundBy: seed,
    }));
    const { lines, code } = await grade(hinted, { seeds: 40, onFound: (seeds) => Object.assign(found, seeds) });
    expect(found).toEqual({ "by-2": 2, "by-3": 3, "by-41": 1 });
    expect(lines.slice(-2)).toEqual(["CONTROL clean seeds=3", "mutants: 3 found, 0 survived, 0 broken"]);
    expect(code).toBe(0);
  });

  it("tells what survived and what is broken, and fails for it", { timeout: 300_000 }, async () => {
    const { lines, code } = await grade([
      { ...patch("harmless", "lib/loop/fleet.ts", IMPORT, `${IMPORT} // harmless`), foundBy: 2 },
      patch("misfit", "lib/loop/fleet.ts", "no such line", "nor this"),
      patch("senseless", "lib/loop/fleet.ts", IMPORT, 'import type { Nothing } from "../executor/executor.ts";'),
      patch("elsewhere", "test/simulation/random.ts", "  #state: number;", "  #state = 0;"),
      patch("outside", "lib/../package.json", '  "private": true,', '  "private": false,'),
    ]);
    expect(lines.slice(0, -2).sort()).toEqual([
      expect.stringMatching(
        /^BROKEN elsewhere not a change to a file of lib\/ or functions\/: test\/simulation\/random.ts$/,
      ),
      expect.stringMatching(/^BROKEN misfit does not apply: .*lib\/loop\/fleet.ts/),
      expect.stringMatching(/^BROKEN outside .*lib\/\.\.\/package.json/),
      expect.stringMatching(/^BROKEN senseless does not type-check: lib\/loop\/fleet.ts.*Nothing/),
      expect.stringMatching(/^SURVIVED harmless seeds=3 \(breaks rule 6: on purpose\)$/),
    ]);
    expect(lines.slice(-2)).toEqual(["CONTROL clean seeds=1", "mutants: 0 found, 1 survived, 4 broken"]);
    expect(code).toBe(1);
  });

  it("plays no control where no mutant could be played", async () => {
    const { lines, code } = await grade([patch("misfit", "lib/loop/fleet.ts", "no such line", "nor this")]);
    expect(lines.slice(1)).toEqual(["CONTROL not played: no mutant was", "mutants: 0 found, 0 survived, 1 broken"]);
    expect(code).toBe(1);
  });

  it("applies no patch that links, renames or makes executable", async () => {
    const headers = {
      link: ["new file mode 120000", "--- /dev/null", "+++ b/lib/loop/x.ts", "@@ -0,0 +1 @@", "+/etc/passwd"],
      mode: ["old mode 100644", "new mode 100755"],
      rename: ["similarity index 100%", "rename from lib/loop/fleet.ts", "rename to lib/loop/x.ts"],
    };
    for (const [name, lines] of Object.entries(headers)) {
      const [from, to] = name === "rename" ? ["desk", "x"] : name === "mode" ? ["desk", "desk"] : ["x", "x"];
      const file = join(folder, `${name}.patch`);
      writeFileSync(file, [`diff --git a/lib/loop/${from}.ts b/lib/loop/${to}.ts`, ...lines, ""].join("\n"));
      const dir = copyTree(root, ["lib"]);
      expect(await applyPatch(dir, file, unaborted), name).toMatchObject({ type: "broken" });
      removeTree(dir);
    }
  });

  it("leaves no folder behind when it is stopped", async () => {
    const stop = new AbortController();
    const stopped = grade([named("label-kept-at-hand-over")], { signal: stop.signal, seeds: 10_000 });
    const ours = () => readdirSync(tmpdir()).filter((name) => name.startsWith(`afk-mutant-${process.pid}-`));
    await expect.poll(ours).not.toEqual([]);
    stop.abort();
    await expect(stopped).rejects.toThrow(/abort/);
    expect(ours()).toEqual([]);
  });
});
