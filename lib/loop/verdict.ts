/** Reads what CI says of a commit of the trunk, with no more reads than its answer needs. */
import { ageOf } from "../core/absence.ts";
import { checkName, judgeCommit, judgeTrunk, UNREAD, underRules, type Verdict } from "../core/ci-verdict.ts";
import { tighter } from "../core/config.ts";
import { withoutDeploy } from "../core/deploy-rule.ts";
import { DEFAULT_RULES, type RepoRules } from "../core/repo-rules.ts";
import type { Run, Since } from "../core/run.ts";
import { known, type Reading, type Unread } from "../core/types.ts";
import type { CiWatcher } from "../forge/ci-watcher.ts";
import type { Loop } from "./loop.ts";

/** Others' commits on top of ours that are looked at: the newest ones. */
export const LATER_COMMITS_MAX = 5;

export interface Expected {
  /** Whose rules say what is required. */
  trunk: string;
  /** Of whose CI runs the checks may be; absent: the trunk's. */
  branch?: string;
  /** Names of checks it is given time to show. */
  awaited: string[];
  grace: "running" | "over";
  /** What the repo says of its checks; absent: nothing. */
  rules?: RepoRules | undefined;
}

export interface JudgedCommit {
  verdict: Verdict;
  /** What reported at all: names a commit on top is expected to show too. */
  names: string[];
}

/** Of one commit. The branch's required checks are read only when nothing else speaks against green. */
export async function readVerdict(ci: CiWatcher, sha: string, expected: Expected): Promise<Reading<JudgedCommit>> {
  const checks = await ci.checks(sha, expected.branch ?? expected.trunk);
  if (!checks.known) return checks;
  const { grace, rules = DEFAULT_RULES } = expected;
  // What is proposed is not deployed: whatever such a check says of its head is CI's.
  const onTrunk = <T extends { name: string }>(named: T[]) =>
    expected.branch === undefined ? withoutDeploy(named, rules.deploy) : named;
  const own = onTrunk(underRules(checks.value, [], rules).checks);
  const names = [...new Set(own.map((check) => check.name))];
  const heeded = expected.awaited.filter((name) => !rules.ignoredChecks.includes(name));
  const awaited = withoutDeploy(
    heeded.map((name) => ({ name })),
    rules.deploy,
  ).map(({ name }) => name);
  const verdict = judgeCommit(own, { required: [], awaited }, grace);
  if (verdict.word !== "green" && verdict.word !== "none") return known({ verdict, names });
  const required = await ci.required(expected.trunk);
  if (!required.known) return required;
  const all = onTrunk(underRules(checks.value, required.value, rules).required);
  return known({ verdict: judgeCommit(own, { required: all, awaited }, grace), names });
}

/** Of the commit that the trunk's merge queue tests. */
export async function readQueueVerdict(
  ci: CiWatcher,
  sha: string,
  trunk: string,
  rules: RepoRules = DEFAULT_RULES,
): Promise<Reading<Verdict>> {
  const checks = await ci.queueChecks(sha, trunk);
  if (!checks.known) return checks;
  return known(judgeCommit(underRules(checks.value, [], rules).checks, { required: [], awaited: [] }, "over"));
}

/** Of our commit with `later` ones on top, oldest first. `unread` collects what could not be read. */
export async function readTrunkVerdict(
  ci: CiWatcher,
  ours: string,
  later: string[],
  expected: Expected,
  unread: (failure: Unread) => void,
): Promise<Verdict> {
  const verdictOf = async (sha: string) => {
    const verdict = await readVerdict(ci, sha, expected);
    if (!verdict.known) unread(verdict);
    return verdict.known ? verdict.value.verdict : UNREAD;
  };
  const own = await verdictOf(ours);
  if (own.word === "green") return own;
  const others: Verdict[] = [];
  for (const sha of later.slice(-LATER_COMMITS_MAX)) {
    others.push(await verdictOf(sha));
    // It decides, whatever the others say.
    if (others.at(-1)?.word === "green") break;
  }
  return judgeTrunk(own, others);
}

/** Those of its base, and those that were red on the commit before: a fix is none before these have tried it. */
export function awaitedOf({ baseChecks, seen }: Pick<Run, "baseChecks" | "seen">): string[] {
  return [...new Set([...baseChecks, ...(seen.red?.checks ?? []).map(checkName)])];
}

/** Counted from our first sight of the commit. */
export function graceOf(loop: Loop, run: Run, seen: Since<string> | null, now: number): Expected["grace"] {
  return ageOf(seen, now) >= tighter(run.limits, loop.settings.config.limits).ciGraceMs ? "over" : "running";
}
