/**
 * What stands between a pull request and its merge, by the rules of its base branch. Nobody has an exception. First match
 * is the state GitHub tells:
 *
 *   both sides changed the same ............ DIRTY
 *   a draft ................................ DRAFT
 *   a review or a required check is wanting  BLOCKED, even where it is behind as well
 *   it must hold the base's newest commit .. BEHIND
 *   another check failed or still runs ..... UNSTABLE, and may be merged
 *   otherwise .............................. CLEAN
 */
import { latestOfEachName } from "./checks.ts";
import type { Issue, Pull, Repo, RequiredCheck, Review } from "./state.ts";
import { accountById, mayPush, type World } from "./world.ts";

export type MergeState = "DIRTY" | "DRAFT" | "BLOCKED" | "BEHIND" | "UNSTABLE" | "CLEAN" | "UNKNOWN";
/** `problems`: in GitHub's words, to who merges all the same. */
export type Standing = { state: MergeState; problems: string[] };

const PASSED = ["success", "neutral", "skipped"];

export async function standingOf(world: World, repo: Repo, issue: Issue, pull: Pull): Promise<Standing> {
  if (issue.state === "closed") return { state: "UNKNOWN", problems: ["Pull Request is not mergeable"] };
  const base = await world.git.head(repo.git, pull.base);
  if (base === undefined || (await world.git.conflicts(repo.git, base, pull.headSha)))
    return { state: "DIRTY", problems: ["Pull Request is not mergeable"] };
  if (pull.draft) return { state: "DRAFT", problems: ["Pull Request is still a draft"] };
  const problems = [...reviewProblems(world, repo, issue, pull), ...checkProblems(repo, pull.base, pull.headSha)];
  if (problems.length > 0) return { state: "BLOCKED", problems };
  if (repo.branchRules[pull.base]?.upToDate && (await isBehind(world, repo, base, pull)))
    return { state: "BEHIND", problems: ["Head branch is not up to date with the base branch"] };
  const fine = contextsOf(repo, pull.headSha).every(({ word }) => PASSED.includes(word));
  return { state: fine ? "CLEAN" : "UNSTABLE", problems: [] };
}

export function mayBeMerged({ state }: Standing): boolean {
  return state === "CLEAN" || state === "UNSTABLE";
}

async function isBehind(world: World, repo: Repo, base: string, pull: Pull): Promise<boolean> {
  return ((await world.git.compare(repo.git, base, pull.headSha))?.behindBy ?? 1) > 0;
}

/** Null: no review is required, whatever anybody said. */
export function reviewDecision(
  world: World,
  repo: Repo,
  issue: Issue,
  pull: Pull,
): "APPROVED" | "CHANGES_REQUESTED" | "REVIEW_REQUIRED" | null {
  const required = repo.branchRules[pull.base]?.approvals ?? 0;
  if (required === 0) return null;
  const said = opinionsOf(pull)
    .filter(({ by }) => by !== issue.by && mayPush(repo, accountById(world, by)))
    .map(({ state }) => state);
  if (said.includes("CHANGES_REQUESTED")) return "CHANGES_REQUESTED";
  return said.filter((state) => state === "APPROVED").length >= required ? "APPROVED" : "REVIEW_REQUIRED";
}

/** The last word of each reviewer; a comment is none, and one that was dismissed is none any more. */
export function opinionsOf(pull: Pull): Review[] {
  const latest = new Map<number, Review>();
  for (const review of pull.reviews) if (review.state !== "COMMENTED") latest.set(review.by, review);
  return [...latest.values()];
}

function reviewProblems(world: World, repo: Repo, issue: Issue, pull: Pull): string[] {
  const required = repo.branchRules[pull.base]?.approvals ?? 0;
  const decision = reviewDecision(world, repo, issue, pull);
  if (decision === "CHANGES_REQUESTED") return ["Changes have been requested by a reviewer with write access."];
  if (decision !== "REVIEW_REQUIRED") return [];
  return [`At least ${required} approving review is required by reviewers with write access.`];
}

export function requiredChecks(repo: Repo, branch: string): RequiredCheck[] {
  const ruled = (repo.branchRules[branch]?.checks ?? []).map((context): RequiredCheck => ({ context }));
  return [...(repo.rulesets[branch] ?? []), ...(repo.protections[branch] ?? []), ...ruled];
}

/** Each required check in GitHub's words, unless it passed at this commit. */
export function checkProblems(repo: Repo, branch: string, sha: string): string[] {
  const seen = contextsOf(repo, sha);
  return requiredChecks(repo, branch).flatMap(({ context, integrationId }) => {
    const told = seen.filter(({ name, app }) => name === context && (integrationId ?? app) === app);
    if (told.length === 0) return [`Required status check "${context}" is expected.`];
    if (told.every(({ word }) => PASSED.includes(word))) return [];
    const pending = told.some(({ word }) => word === "pending");
    return [`Required status check "${context}" is ${pending ? "pending" : "failing"}.`];
  });
}

/** Whether a required check of the commit has failed for good. */
export function hasFailed(repo: Repo, branch: string, sha: string): boolean {
  return checkProblems(repo, branch, sha).some((problem) => problem.endsWith("failing."));
}

function contextsOf(repo: Repo, sha: string): { name: string; app: number | null; word: string }[] {
  const checks = latestOfEachName(repo.checkRuns.filter((check) => check.headSha === sha)).map((check) => ({
    name: check.name,
    app: repo.suites.find((suite) => suite.id === check.suite)?.app.id ?? null,
    word: check.conclusion ?? "pending",
  }));
  const statuses = new Map(repo.statuses.filter((each) => each.sha === sha).map((each) => [each.context, each.state]));
  return [...checks, ...[...statuses].map(([name, word]) => ({ name, app: null, word: String(word) }))];
}

/** The words with which a direct push is refused; null: it is taken. */
export function pushRefusal(repo: Repo, branch: string): string[] | null {
  const rules = repo.branchRules[branch];
  if (rules === undefined) return null;
  const { pullRequest = false, approvals = 0, checks = [], queue = false } = rules;
  const why = [
    ...(pullRequest || approvals > 0 ? ["Changes must be made through a pull request."] : []),
    ...(queue ? ["Changes must be made through the merge queue"] : []),
    ...checks.map((check) => `Required status check "${check}" is expected.`),
  ];
  if (why.length === 0) return null;
  return [
    `error: GH013: Repository rule violations found for refs/heads/${branch}.`,
    ...why.flatMap((line) => ["", `- ${line}`]),
  ];
}
