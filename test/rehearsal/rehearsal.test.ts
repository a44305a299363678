/** The rehearsal itself, as a person runs it: three of its stories, its list, and its words for a wrong call. */
import { expect, test } from "vitest";
import type { ForgeName } from "../fakes/forge/stand-in.ts";
import { runScript } from "../run-script.ts";
import { SCENARIOS } from "./scenarios.ts";

const STORIES_MS = 600_000;
const rehearse = (...flags: string[]) => runScript("rehearse.ts", ...flags);

test(
  "plays its stories: label to closed, red to fixed, killed in mid-run",
  async () => {
    const { code, lines } = await rehearse("--only", "happy-path,github/red-then-fixed,github/crash");
    const verdicts = lines.filter((line) => /^(PASS|FAIL) /.test(line)).sort();
    expect(verdicts).toEqual([
      "PASS forgejo/happy-path",
      "PASS github/crash",
      "PASS github/happy-path",
      "PASS github/red-then-fixed",
    ]);
    expect(lines.at(-1)).toMatch(/^rehearse: 4 passed, 0 failed in [\d.]+ s$/);
    expect(code).toBe(0);
  },
  STORIES_MS,
);

test("lists every scenario, each with what it shows", async () => {
  const { code, lines } = await rehearse("--list");
  const on = (forge: ForgeName): string[] =>
    SCENARIOS.filter(({ forges }) => forges?.includes(forge) ?? true).map(
      ({ name, shows }) => `${forge}/${name}: ${shows}`,
    );
  expect(lines).toEqual([...on("github"), ...on("forgejo")]);
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
  expect(code).toBe(0);
});

test.each([
  [["--only", "nope"], 'rehearse: --only: no scenario is called "nope"; see --list'],
  [["--kill", "nobody"], 'rehearse: --kill: "nobody" is not one of forge, ci, t3, slack, ntfy, worker'],
  [["--kill", "t3@never"], 'rehearse: --kill: "never" is not one of claim, turn, push, close'],
  [["--forge", "gitea"], 'rehearse: --forge: "gitea" is not one of github, forgejo, both'],
  [["--forge", "github", "--only", "outside-ci"], 'rehearse: --only: "outside-ci" is not on github'],
  [["--jobs", "0"], "rehearse: --jobs: not a whole number from 1 to 16"],
  [["--repo", "acme/scratch"], "rehearse: --repo: only with --against"],
  [["--against", "https://github.com"], "rehearse: --against: name the repo too, by --repo owner/scratch"],
  [["--against", "x", "--repo", "a/scratch", "--kill", "t3"], "rehearse: --kill: not with --against"],
  [
    ["--against", "x", "--repo", "a/scratch", "--only", "crash"],
    'rehearse: --only: "crash" is not one of happy-path, red-then-fixed',
  ],
  [
    ["--against", "x", "--repo", "a/scratch", "--minutes", "0"],
    "rehearse: --minutes: not a whole number from 1 to 360",
  ],
])("says what is wrong with %j", async (flags, error) => {
  const said = await rehearse(...flags);
  const [first, ...below] = said.error.split("\n");
  expect({ code: said.code, first }).toEqual({ code: 2, first: error });
  expect(below.filter((line) => !line.startsWith("usage: rehearse "))).toEqual([]);
});
