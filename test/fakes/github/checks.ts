/**
 * Check suites and check runs as GitHub keeps them. A workflow run owns one suite; another app has one per commit. A
 * suite is done when the latest check of each name in it is.
 */
import { resolveRef } from "../git/git-host.ts";
import type { Account, AppIdentity, CheckRun, CheckStatus, CheckSuite, Conclusion, Repo } from "./state.ts";
import { checkRunView, checkSuiteView } from "./views-ci.ts";
import { findAccount, newId, timestamp, type World } from "./world.ts";

/** Worst first: the conclusion of a suite is that of its worst check. */
const WORST: Conclusion[] = [
  "startup_failure",
  "action_required",
  "timed_out",
  "failure",
  "cancelled",
  "stale",
  "success",
  "neutral",
  "skipped",
];
/** The suite of another app at a commit, made at its first check. */
export function suiteOf(
  world: World,
  repo: Repo,
  wanted: { app: AppIdentity; sha: string; branch: string | null },
): CheckSuite {
  return (
    repo.suites.find((suite) => suite.app.id === wanted.app.id && suite.headSha === wanted.sha) ??
    newSuite(world, repo, wanted)
  );
}

export function newSuite(
  world: World,
  repo: Repo,
  { app, sha, branch }: { app: AppIdentity; sha: string; branch: string | null },
): CheckSuite {
  const at = timestamp(world);
  const suite: CheckSuite = {
    id: newId(world),
    app,
    headSha: sha,
    headBranch: branch,
    status: "queued",
    conclusion: null,
    createdAt: at,
    updatedAt: at,
  };
  repo.suites.push(suite);
  return suite;
}

export function addCheck(
  world: World,
  repo: Repo,
  suite: CheckSuite,
  { name, status }: { name: string; status: CheckStatus },
): CheckRun {
  const check: CheckRun = {
    id: newId(world),
    suite: suite.id,
    name,
    headSha: suite.headSha,
    status,
    conclusion: null,
    startedAt: timestamp(world),
    completedAt: null,
    detailsUrl: null,
    output: { title: null, summary: null },
  };
  repo.checkRuns.push(check);
  world.emit("check_run", repo, appAccount(world, suite.app), {
    action: "created",
    check_run: checkRunPayload(world, repo, check, suite),
  });
  return check;
}

export function completeCheck(world: World, repo: Repo, check: CheckRun, conclusion: Conclusion): void {
  Object.assign(check, { status: "completed", conclusion, completedAt: timestamp(world) });
  const suite = repo.suites.find((each) => each.id === check.suite);
  if (suite === undefined) throw new Error(`check run ${check.id} has no suite`);
  world.emit("check_run", repo, appAccount(world, suite.app), {
    action: "completed",
    check_run: checkRunPayload(world, repo, check, suite),
  });
}

/** A suite is done when the latest check of each name in it is; then its webhook goes out. */
export async function settleSuite(world: World, repo: Repo, id: number, conclusion?: Conclusion): Promise<void> {
  const suite = repo.suites.find((each) => each.id === id);
  if (suite === undefined) return;
  const latest = latestOfEachName(repo.checkRuns.filter((check) => check.suite === id));
  if (latest.some((check) => check.status !== "completed")) return;
  const worst = WORST.find((each) => latest.some((check) => check.conclusion === each));
  Object.assign(suite, {
    status: "completed",
    conclusion: conclusion ?? worst ?? "success",
    updatedAt: timestamp(world),
  });
  const head = await resolveRef(world.git, repo.git, suite.headSha);
  const view = checkSuiteView(world, repo, suite, head);
  world.emit("check_suite", repo, appAccount(world, suite.app), { action: "completed", check_suite: view });
}

/** GitHub's `filter=latest`: the newest check of each name within one suite, and no further. */
export function latestOfEachName(checks: CheckRun[]): CheckRun[] {
  const newest = new Map<string, CheckRun>();
  for (const check of checks) newest.set(`${check.suite}/${check.name}`, check);
  return [...newest.values()];
}

/** In a webhook a check run carries more of its suite than in the API. */
function checkRunPayload(world: World, repo: Repo, check: CheckRun, suite: CheckSuite): Record<string, unknown> {
  const { repository: _, head_commit: __, ...rest } = checkSuiteView(world, repo, suite, undefined);
  return { ...checkRunView(world, repo, check), check_suite: rest };
}

/** The bot that speaks for an app; one nobody added yet is added. */
function appAccount(world: World, app: AppIdentity): Account {
  const login = `${app.slug}[bot]`;
  const known = findAccount(world, login);
  if (known !== undefined) return known;
  const account: Account = { id: newId(world), login, type: "Bot", createdAt: timestamp(world), app };
  world.state.accounts.push(account);
  return account;
}
