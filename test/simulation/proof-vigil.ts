/**
 * Evidence, not claims: what an ending and its comment say of an agent's phases, of protected paths and of limits, held against
 * the forge's records of CI and of commits, and against the repo's own file. A part of `Rules`, which asks it.
 */
import { asksDeploy } from "../../lib/core/deploy-rule.ts";
import type { Run } from "../../lib/core/run.ts";
import type { SeenIssue } from "../fakes/forge/stand-in.ts";
import type { Commit } from "../fakes/git/git-host.ts";
import { landing, RED, toldOf, UNDER_WAY, wordOf } from "./commit-records.ts";
import { DOCS, isProtected, type OwnRules, rulesOfRun } from "./own-rules.ts";
import type { Rules } from "./rules.ts";
import { US, type World } from "./world.ts";

/** Between what CI told and the look that decides. */
const SLACK_MS = 120_000;
/** Within which a look reads all it asks for. */
const LOOK_MS = 20_000;

type Says = (rule: number, what: string) => void;

interface Proven {
  red: string | null;
  green: string | null;
}

/** Asked once of each run, in the step that decides. */
export function checkProof(world: World, repo: string, run: Run, says: Says): void {
  const { outcome } = run;
  if (outcome === null) return;
  const rules = rulesOfRun(world, repo, run);
  const { code } = outcome.reason;
  if (outcome.type === "closed") {
    if (asksProof(world, repo, run, rules) && proven(world, repo, run).green === null)
      says(6, "and no test of it was ever seen red, then green");
    if (!run.proposal && touches(world, repo, run, rules)) says(6, "and it touches a protected path");
  }
  if (code === "unproven") {
    if (!asksProof(world, repo, run, rules)) says(3, "and nobody asked for that");
    // All that people may have run again is read once more by the look that decides.
    const before = outcome.decidedAt + world.weather.forgeAheadMs - LOOK_MS;
    if (isQuiet(world) && proven(world, repo, run, before).green !== null) says(6, "and it was red, then green");
    if (isQuiet(world) && mayTurnOut(world, repo, run)) says(6, "and CI of the commit before its red one still runs");
  }
  if (code === "time_over" && isQuiet(world) && hadLongPassed(world, repo, run, outcome.decidedAt))
    says(5, "and it had long passed");
  if (code === "protected_path" && isQuiet(world) && !run.proposal && !touches(world, repo, run, rules))
    says(6, "and it touches nothing protected");
}

/** With nothing that a person would have to see first. */
function hadLongPassed(world: World, repo: string, run: Run, at: number): boolean {
  const rules = rulesOfRun(world, repo, run);
  if (run.proposal || asksDeploy(run.rules) || touches(world, repo, run, rules)) return false;
  // Checks that the commit before had are waited for, within the grace.
  const judgedMs = at - (run.seen.commit?.at ?? at) - run.limits.ciGraceMs;
  const long = at + world.weather.forgeAheadMs - SLACK_MS;
  const passed = landing(world, repo, run, "newest").some((sha) => wordOf(world, repo, sha, long) === "green");
  if (!passed || judgedMs <= LOOK_MS) return false;
  return !asksProof(world, repo, run, rules) || proven(world, repo, run, long).green !== null;
}

/** Asked at the end, of the one comment of an issue whose run was closed. */
export function checkTold(world: World, rules: Rules, repo: string, run: Run, text: string): void {
  const { outcome } = run;
  if (outcome === null || !text.includes("Done:")) return;
  const { red, green } = proven(world, repo, run);
  const where = `${repo}#${run.issue.number} (run ${run.id})`;
  const saysRed = text.includes("tests written, red - verified");
  const saysGreen = text.includes("implemented, green - verified");
  if (saysRed && red === null) rules.broken(6, `${where} is told to have been red, and was not`);
  if (saysGreen && green === null) rules.broken(6, `${where} is told to have turned green, and did not`);
  if (!isQuiet(world) || run.proposal) return;
  const early = proven(world, repo, run, outcome.decidedAt + world.weather.forgeAheadMs - SLACK_MS);
  if (early.red !== null && !saysRed) rules.broken(6, `${where} was seen red, and its comment does not say so`);
  if (early.green !== null && !saysGreen) rules.broken(6, `${where} turned green, and its comment does not say so`);
}

/** Asked at the end: nothing that is protected is merged by us. */
export function checkMerged(world: World, rules: Rules, repo: string): void {
  if (world.weather.pulls === null) return;
  for (const pull of world.forge.pulls.all(repo)) {
    const merged = pull.mergeCommit === null ? undefined : commitOf(world, repo, pull.mergeCommit);
    const run = world.runs(repo).find((one) => one.branch === pull.branch);
    if (pull.mergedBy !== US || merged === undefined || run === undefined) continue;
    const own = rulesOfRun(world, repo, run);
    const before = [run.base, trunkBefore(world, repo, merged.sha)].flatMap((from) => ancestry(world, repo, from));
    const commits = ancestry(world, repo, pull.head).filter(({ sha }) => !before.some((one) => one.sha === sha));
    const named = commits.filter((one) => one.parents.length < 2);
    if (named.some(({ files }) => files.some((path) => isProtected(own, path))))
      rules.broken(6, `we merged ${repo}#${pull.number}, which touches a protected path`);
  }
}

function isQuiet(world: World): boolean {
  return world.mishaps.forge === 0 && world.crashes === 0 && world.alarmless.size === 0;
}

function asksProof(world: World, repo: string, run: Run, { evidence }: OwnRules): boolean {
  const issue: SeenIssue | null = world.issue(repo, run.issue.number);
  return evidence === "required" || (evidence === "required-but-for-docs" && issue?.labels.includes(DOCS) === false);
}

/** By the commits of its own that landed. */
function touches(world: World, repo: string, run: Run, rules: OwnRules): boolean {
  return landing(world, repo, run).some((sha) => {
    const commit = commitOf(world, repo, sha);
    return (
      commit?.message.includes(`AFK-Run: ${run.id}`) === true && commit.files.some((path) => isProtected(rules, path))
    );
  });
}

/** The phases that CI showed of what the agent pushed, until then by the forge's clock. */
function proven(world: World, repo: string, run: Run, until = Number.POSITIVE_INFINITY): Proven {
  const nothing = { red: null, green: null };
  const red = claimed(world, repo, run, "tests-red");
  const [parent] = red?.parents ?? [];
  if (red === null || parent === undefined) return nothing;
  if (!red.files.every((path) => path.startsWith("test/"))) return nothing;
  const could = said(world, repo, run, parent, until, ["success"]);
  const turned = said(world, repo, run, red.sha, until, RED).filter((name) => could.includes(name));
  if (turned.length === 0) return nothing;
  const green = greenAfter(world, repo, run, red);
  if (green === null) return { red: red.sha, green: null };
  const isGreen = said(world, repo, run, green.sha, until, ["success"]).some((name) => turned.includes(name));
  return { red: red.sha, green: isGreen ? green.sha : null };
}

/** What came before the red test did not turn it green. */
function greenAfter(world: World, repo: string, run: Run, red: Commit): Commit | null {
  const green = claimed(world, repo, run, "green");
  const isBefore = green !== null && green.sha !== red.sha && ancestry(world, repo, red.sha).includes(green);
  return isBefore ? null : green;
}

/** A check that is red on the red commit has long been under way on the one before, and has never spoken. */
function mayTurnOut(world: World, repo: string, run: Run): boolean {
  const red = claimed(world, repo, run, "tests-red");
  const [parent] = red?.parents ?? [];
  if (red === null || parent === undefined || parent === run.base) return false;
  if (greenAfter(world, repo, run, red) === null) return false;
  const failed = said(world, repo, run, red.sha, Number.POSITIVE_INFINITY, RED);
  const before = toldOf(world, repo, parent, run.branch).filter(({ name }) => failed.includes(name));
  const isPending = before.length > 0 && before.every(({ word }) => UNDER_WAY.includes(word));
  return isPending && before.every(({ changedAt }) => changedAt < world.forgeNow() - SLACK_MS / 4);
}

/** Names of the checks that ever said so: one may be run again. */
function said(world: World, repo: string, run: Run, sha: string, until: number, words: string[]): string[] {
  const told = toldOf(world, repo, sha, isTrunk(world, repo, sha) ? "main" : run.branch);
  return told.filter((one) => one.changedAt <= until && words.includes(one.word)).map((one) => one.name);
}

/** The newest commit of its branch that names the phase. */
function claimed(world: World, repo: string, run: Run, phase: string): Commit | null {
  const graph = world.git.toJSON()[repo];
  for (let sha = graph?.branches[run.branch]; sha !== undefined && sha !== run.base; ) {
    const commit = graph?.commits[sha];
    if (commit === undefined) return null;
    if (new RegExp(`^AFK-Phase: ${phase}\\s*$`, "m").test(commit.message)) return commit;
    sha = commit.parents[0];
  }
  return null;
}

/** Where the trunk was when this came onto it: with all that a merge of several commits brought before. */
function trunkBefore(world: World, repo: string, sha: string): string {
  const trunk = world.commitBook.trunk(repo);
  return trunk[trunk.indexOf(sha) - 1] ?? "";
}

function isTrunk(world: World, repo: string, sha: string): boolean {
  return world.commitBook.trunk(repo).includes(sha);
}

function commitOf(world: World, repo: string, sha: string): Commit | undefined {
  return world.git.toJSON()[repo]?.commits[sha];
}

function ancestry(world: World, repo: string, from: string): Commit[] {
  const seen = new Map<string, Commit>();
  const open = [from];
  for (let sha = open.pop(); sha !== undefined; sha = open.pop()) {
    const commit = commitOf(world, repo, sha);
    if (commit === undefined || seen.has(sha)) continue;
    seen.set(sha, commit);
    open.push(...commit.parents);
  }
  return [...seen.values()];
}
