/**
 * What CI says of one commit, and of a commit of ours under others' commits. Pure.
 *
 *   word of a check                                  means
 *   failure, error ................................. red
 *   cancelled, stale, startup_failure, timed_out ... infra
 *   action_required ................................ human
 *   success ........................................ pass, and proof
 *   neutral, skipped ............................... pass
 *   queued, in_progress, pending, waiting, … ....... pending, as long as the run may take
 *   any other word ................................. pending until the grace is over, then infra
 *
 * First that holds: any red -> red; any pending -> pending; any human -> human; any infra -> infra; a required or
 * awaited check not reported -> pending until the grace is over (then required: none, naming it; awaited: let go);
 * at least one success -> green; else none.
 */
import { fitsGlob } from "./glob.ts";
import type { RepoRules } from "./repo-rules.ts";
import type { Check, RequiredCheck } from "./types.ts";

export type VerdictWord = "none" | "pending" | "green" | "red" | "infra" | "human" | "unknown";

export interface Verdict {
  word: VerdictWord;
  /** The checks that made it so: the red ones of a red, the pending ones of a pending, … */
  because: Check[];
  /** Required checks that never reported. */
  missing: string[];
}

/** What a commit must show beyond the checks it has. `awaited`: names its base commit reported. */
export interface Expectation {
  required: RequiredCheck[];
  awaited: string[];
}

export type CheckMeaning = "red" | "infra" | "human" | "proof" | "pass" | "pending";

const MEANINGS: Record<string, CheckMeaning> = {
  failure: "red",
  error: "red",
  cancelled: "infra",
  stale: "infra",
  startup_failure: "infra",
  timed_out: "infra",
  action_required: "human",
  success: "proof",
  neutral: "pass",
  skipped: "pass",
};

/** CI's own words for "not finished": these wait as long as the run may. */
const UNFINISHED = new Set([
  "queued",
  "in_progress",
  "pending",
  "waiting",
  "requested",
  "expected",
  "running",
  "blocked",
]);

/** Worst first. */
const UNPASSED = ["red", "pending", "human", "infra"] as const;

export const UNREAD: Verdict = { word: "unknown", because: [], missing: [] };

export function judgeCommit(checks: Check[], expectation: Expectation, grace: "running" | "over"): Verdict {
  const latest = latestAttempts(checks);
  const meaning = (check: Check) => meaningOf(check.word, grace);
  const having = (wanted: CheckMeaning) => latest.filter((check) => meaning(check) === wanted);
  for (const word of UNPASSED) {
    const because = having(word);
    if (because.length > 0) return { word, because, missing: [] };
  }
  const missing = expectation.required.filter((required) => !latest.some((check) => satisfies(check, required)));
  const awaited = expectation.awaited.filter((name) => !latest.some((check) => check.name === name));
  // Nothing at all is "none" from the first look: only who has begun to report is waited for.
  if (latest.length > 0 && grace === "running" && missing.length + awaited.length > 0)
    return { word: "pending", because: [], missing: missing.map((required) => required.name) };
  if (missing.length > 0) return { word: "none", because: [], missing: missing.map((required) => required.name) };
  const proof = having("proof");
  return { word: proof.length > 0 ? "green" : "none", because: proof, missing: [] };
}

export function meaningOf(word: string, grace: "running" | "over"): CheckMeaning {
  const meaning = Object.hasOwn(MEANINGS, word) ? MEANINGS[word] : undefined;
  if (meaning) return meaning;
  return UNFINISHED.has(word) || grace === "running" ? "pending" : "infra";
}

/** Over, and with nothing against the commit. */
export function isFine(word: string): boolean {
  const meaning = meaningOf(word, "over");
  return meaning === "proof" || meaning === "pass";
}

/** What several checks mean together, by CI's words alone. */
export function worstMeaning(checks: Check[]): CheckMeaning {
  const meant = checks.map(({ word }) => meaningOf(word, "running"));
  return [...UNPASSED, "proof" as const].find((meaning) => meant.includes(meaning)) ?? "pass";
}

/** CI has nothing against the commit: green, or nothing at all where there is no CI. */
export function passes({ word, missing }: Verdict, rules: Pick<RepoRules, "ci"> | undefined): boolean {
  return word === "green" || (word === "none" && rules?.ci === "none" && missing.length === 0);
}

/**
 * The verdict of our commit when others pushed on top. `later`: trunk commits after ours, oldest first. Any green
 * makes it green; while ours is not final and nothing later is, it is what ours is; else the first final red makes it
 * red; else it is what ours is, save that where ours was broken off a later one that is under way is waited for. Final means
 * green or red.
 */
export function judgeTrunk(ours: Verdict, later: Verdict[]): Verdict {
  const all = [ours, ...later];
  const green = all.find((verdict) => verdict.word === "green");
  if (green) return green;
  const waiting = ours.word === "pending" || ours.word === "none" || ours.word === "unknown";
  const laterIsFinal = later.some((verdict) => verdict.word === "red");
  if (waiting && !laterIsFinal) return ours;
  const red = all.find((verdict) => verdict.word === "red");
  // Broken off by the push on top, as a concurrency group does: run once more it would break off what tests both.
  const tested = ours.word === "infra" ? later.find((verdict) => verdict.word === "pending") : undefined;
  return red ?? tested ?? ours;
}

/**
 * Of several attempts of one (app, workflow, event, name) only the newest counts, the last listed of those that began
 * together. One that was cancelled gives way to one of another event that began later, or together with it: so a
 * concurrency group of both leaves it.
 */
export function latestAttempts(checks: Check[]): Check[] {
  const newest = new Map<string, Check>();
  for (const check of checks) {
    const key = JSON.stringify([check.app, check.workflow, check.event, check.name]);
    const held = newest.get(key);
    if (!held || check.order >= held.order) newest.set(key, check);
  }
  const latest = [...newest.values()];
  return latest.filter((check) => check.word !== "cancelled" || !latest.some((other) => replaces(other, check)));
}

function replaces(other: Check, cancelled: Check): boolean {
  if (checkKey(other) !== checkKey(cancelled)) return false;
  return other.order > cancelled.order || (other.order === cancelled.order && other.word !== "cancelled");
}

/** Who reports it, in what: the same check on two commits, whatever set it off. */
export function checkKey(check: Check): string {
  return JSON.stringify([check.app, check.workflow, check.name]);
}

/** Of a key as `checkKey` makes it. */
export function checkName(key: string): string {
  const [, , name]: unknown[] = JSON.parse(key);
  return String(name);
}

/** By what a repo says of its own checks: some say nothing of a change, and others are required beside the forge's. */
export function underRules(
  checks: Check[],
  required: RequiredCheck[],
  rules: Pick<RepoRules, "ignoredChecks" | "requiredChecks">,
): { checks: Check[]; required: RequiredCheck[] } {
  const { ignoredChecks, requiredChecks } = rules;
  const own = requiredChecks.filter((name) => !required.some((one) => one.name === name && one.app === null));
  return {
    checks: checks.filter((check) => !ignoredChecks.includes(check.name)),
    required: [
      ...required.filter((one) => one.pattern === true || !ignoredChecks.includes(one.name)),
      ...own.map((name) => ({ name, app: null })),
    ],
  };
}

function satisfies(check: Check, required: RequiredCheck): boolean {
  const named = required.pattern ? fitsGlob(required.name, check.name) : check.name === required.name;
  return named && (required.app === null || required.app === check.app);
}
