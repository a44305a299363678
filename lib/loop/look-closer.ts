/**
 * A closer look, taken only where the first one's decision hangs on it: what CI showed of the claimed phases, which protected
 * paths a change touches, and whether a red was there before it. Each is read once a commit and kept in the run.
 */
import { type Action, ROW } from "../core/actions.ts";
import { underRules } from "../core/ci-verdict.ts";
import { tighter } from "../core/config.ts";
import { keysOf, type ProofLook, unprovenPhases } from "../core/evidence.ts";
import { faultSubject, isGraceOver } from "../core/fault.ts";
import { proposed } from "../core/proposal.ts";
import { type Landed, notBrought } from "../core/red-trunk.ts";
import { DEFAULT_RULES } from "../core/repo-rules.ts";
import { landed, type Run } from "../core/run.ts";
import type { Look } from "../core/run-facts.ts";
import { type ChangedFiles, type Check, known, type Reading } from "../core/types.ts";
import type { Loop } from "./loop.ts";
import type { Troubles } from "./troubles.ts";

/** `seen`: the run with the look folded in. */
export async function lookCloser(loop: Loop, seen: Run, look: Look, action: Action, troubles: Troubles): Promise<Look> {
  const wants = action.type === "wait" ? action.row : null;
  const closer: Partial<Look> = {};
  if (wants === ROW.lacksProof || action.type === "end" || look.branch !== null) {
    const isLast = action.type === "end";
    const proof = await readProof(loop, seen, look, isLast ? "at the end" : "on the way");
    troubles.note("forge", proof);
    const last = isLast ? { last: true as const } : {};
    if (proof.known) closer.proof = { ...look.proof, ...proof.value, ...last };
  }
  if (wants === ROW.protectedPath || isOver(seen, action)) {
    const touched = await readTouched(loop, seen);
    troubles.note("forge", touched);
    if (touched.known) closer.touched = touched.value;
  }
  if (wants === ROW.redBefore) {
    const before = await readBefore(loop, seen, look);
    troubles.note("forge", before);
    if (before.known && before.value) closer.redBefore = before.value;
  }
  if (action.type === "end" && action.freeze) closer.landed = await readLanded(loop, seen, troubles);
  return { ...look, ...closer };
}

/** Its whole time is over: what has passed is closed all the same, if what people must see is read by then. */
function isOver(run: Run, action: Action): boolean {
  return action.type === "end" && action.row === ROW.timeOver && run.commits.length > 0;
}

/** For the words of a red trunk alone: one that cannot be read is left out of them. */
async function readLanded(loop: Loop, run: Run, troubles: Troubles): Promise<Landed[]> {
  const landed: { sha: string; parents: string[] | null }[] = [];
  for (const sha of [...run.commits].reverse()) {
    const commit = await loop.tracker.commit(sha);
    troubles.note("forge", commit);
    landed.push({ sha, parents: commit.known ? commit.value.parents : null });
  }
  return notBrought(landed).map(({ sha, parents }) => ({ sha, parents: parents?.length ?? null }));
}

async function readProof(
  loop: Loop,
  run: Run,
  look: Look,
  when: "on the way" | "at the end",
): Promise<Reading<ProofLook>> {
  const { red, green } = unprovenPhases(run, when);
  const proof: ProofLook = {};
  if (red !== null) {
    const commit = await loop.tracker.commit(red);
    if (!commit.known) return commit;
    const [parent] = commit.value.parents;
    const own = await readChecks(loop, run, red, run.branch);
    if (!own.known) return own;
    const before = parent === undefined ? known([]) : await readParent(loop, run, look, parent);
    if (!before.known) return before;
    const { paths, complete } = commit.value.changed;
    const tests = (run.rules ?? DEFAULT_RULES).tests;
    const strays = paths.filter((path) => !loop.rules.fits(tests, path));
    if (!complete) strays.push("more files than the forge lists");
    if (paths.length === 0) strays.push("nothing at all");
    proof.red = { commit: red, before: before.value, own: own.value, strays };
  }
  if (green !== null) {
    const own = await readChecks(loop, run, green, run.branch);
    if (!own.known) return own;
    proof.green = { commit: green, own: own.value };
  }
  return known(proof);
}

/** Without those that say nothing of a change. */
async function readChecks(loop: Loop, run: Run, sha: string, branch: string): Promise<Reading<Check[]>> {
  const checks = await loop.ci.checks(sha, branch);
  return checks.known ? known(underRules(checks.value, [], run.rules ?? DEFAULT_RULES).checks) : checks;
}

/** The red commit's parent is the agent's own, or the trunk's; once landed, the agent's own are on the trunk as well. */
async function readParent(loop: Loop, run: Run, look: Look, sha: string): Promise<Reading<Check[]>> {
  const onTrunk =
    sha === run.base || (look.trunk.known && look.trunk.value.commits.some((commit) => commit.sha === sha));
  const own = sha === run.base ? known([]) : await readChecks(loop, run, sha, run.branch);
  return onTrunk && own.known && own.value.length === 0 ? readChecks(loop, run, sha, run.trunk) : own;
}

/** Of what is proposed, or of each landing commit that was not read yet. */
async function readTouched(loop: Loop, run: Run): Promise<Reading<Record<string, string[]>>> {
  const pull = proposed(run);
  const commits = pull ? [pull.head] : run.commits;
  const touched: Record<string, string[]> = {};
  for (const sha of commits.filter((commit) => run.touched?.[commit] === undefined)) {
    const read = pull ? await loop.proposals.files(pull.number) : await changedBy(loop, sha);
    if (!read.known) return read;
    const globs = (run.rules ?? DEFAULT_RULES).protectedPaths;
    const paths = read.value.paths.filter((path) => loop.rules.fits(globs, path));
    // What the forge does not list may be one of them.
    touched[sha] = read.value.complete ? paths : [...paths, "more files than the forge lists"];
  }
  return known(touched);
}

async function changedBy(loop: Loop, sha: string): Promise<Reading<ChangedFiles>> {
  const commit = await loop.tracker.commit(sha);
  return commit.known ? known(commit.value.changed) : commit;
}

/** What was red on the commit that the change was made on. */
async function readBefore(loop: Loop, run: Run, look: Look): Promise<Reading<Look["redBefore"]>> {
  const judged = [landed(run) ?? [], proposed(run)?.head ?? []].flat();
  const [sha] = judged;
  if (sha === undefined) return known(undefined);
  const of = faultSubject(run, sha);
  const base = run.commits.length > 0 ? await parentOf(loop, of) : await trunkUnder(loop, run, look);
  if (!base.known) return base;
  const checks = base.value === null ? known([]) : await readChecks(loop, run, base.value, run.trunk);
  if (!checks.known) return checks;
  const red = { of, checks: keysOf(checks.value, ["red"]) };
  if (keysOf(checks.value, ["pending"]).length === 0) return known(red);
  const { ciGraceMs } = tighter(run.limits, loop.settings.config.limits);
  const lastFor = judged.filter((one) => isGraceOver(run, one, ciGraceMs, loop.now()));
  return known({ ...red, runningFor: judged, lastFor });
}

async function parentOf(loop: Loop, sha: string): Promise<Reading<string | null>> {
  const commit = await loop.tracker.commit(sha);
  return commit.known ? known(commit.value.parents[0] ?? null) : commit;
}

/** The newest trunk commit that the branch holds. */
async function trunkUnder(loop: Loop, run: Run, look: Look): Promise<Reading<string>> {
  const branch = look.branch ?? (await loop.tracker.compare(run.base, run.branch));
  if (!branch.known) return branch;
  if (!look.trunk.known) return look.trunk;
  const held = new Set(branch.value.commits.map((commit) => commit.sha));
  const newest = look.trunk.value.commits.findLast((commit) => held.has(commit.sha));
  return known(newest?.sha ?? run.base);
}
