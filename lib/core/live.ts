/**
 * Whether a commit is live: what the deploy rule's reads say, remembered over looks. Pure.
 *
 *   a forge's word (deployment, check) ... live when it says so of ours, or of a trunk commit after ours
 *   a version page ....................... live when it names one of these three times in a row, each a poll after the
 *                                          one before; any other answer, or none, begins anew
 *
 * Once live it stays so: what is deployed after that is others' business. A newer commit of ours begins anew.
 */
import type { DeployFact } from "./facts.ts";
import { landed, logged, type Run } from "./run.ts";
import type { Reading } from "./types.ts";

export interface LiveMemory {
  /** The commit that is asked about: of our newest that passed. */
  commit: string;
  /** How often in a row the page said so, each a poll after the one before. */
  hits: number;
  hitAt: number | null;
  /** Which commit was found live, and when. */
  live: { commit: string; at: number } | null;
  failed: FailedDeploy | null;
  /** What was last seen, in words, for the story and a hand-over. */
  seen: string | null;
}

export interface FailedDeploy {
  commit: string;
  /** A page about it. */
  url: string | null;
  /** What was said of it, in the deployer's words. */
  about: string | null;
}

/** What the forge knows of the deploy of one commit. `none`: it has not begun. */
export interface DeployReport extends FailedDeploy {
  state: "none" | "pending" | "live" | "failed";
}

const HITS_WANTED = 3;
/** Fewer characters name no commit. */
const COMMIT_NAME = /^[0-9a-f]{7,64}$/;

/** What is remembered of this commit. */
export function memoryOf(held: LiveMemory | undefined, commit: string): LiveMemory {
  if (held?.commit === commit) return held;
  return { commit, hits: 0, hitAt: null, live: null, failed: null, seen: null };
}

export function deployFact(memory: LiveMemory): DeployFact {
  if (memory.live) return "live";
  return memory.failed ? "failed" : "pending";
}

/** A page is asked no oftener than its answers count. */
export function isPageDue({ hitAt }: LiveMemory, pollMs: number, now: number): boolean {
  return hitAt === null || now - hitAt >= pollMs;
}

/** Which of the commits a page names: in full or by its first characters, and nothing else beside it. */
export function commitNamed(text: string, commits: string[]): string | null {
  const name = text.trim().toLowerCase();
  if (!COMMIT_NAME.test(name)) return null;
  return commits.find((commit) => commit.startsWith(name)) ?? null;
}

/** After the page answered. `commits`: ours and those after it. */
export function afterPage(
  memory: LiveMemory,
  page: Reading<string>,
  commits: string[],
  pollMs: number,
  now: number,
): LiveMemory {
  if (memory.live) return memory;
  const seen = `the page ${pageWords(page)}`;
  const commit = page.known ? commitNamed(page.value, commits) : null;
  if (commit === null) return { ...memory, hits: 0, hitAt: null, seen };
  if (!isPageDue(memory, pollMs, now)) return { ...memory, seen };
  const hits = memory.hits + 1;
  return { ...memory, hits, hitAt: now, live: hits >= HITS_WANTED ? { commit, at: now } : null, seen };
}

/** Its own words only where they name a commit: a page may say anything. */
function pageWords(page: Reading<string>): string {
  if (!page.known) return page.why;
  const name = page.value.trim().toLowerCase();
  return COMMIT_NAME.test(name) ? `says ${name.slice(0, 12)}` : "says something that names no commit";
}

/**
 * After the forge told of the deploys of ours and of those after it: any live will do, one under way may yet be, and
 * only then a failed one counts. `subject`: what is waited for, in words.
 */
export function afterReports(memory: LiveMemory, reports: DeployReport[], subject: string, now: number): LiveMemory {
  if (memory.live) return memory;
  const found = (state: DeployReport["state"]) => reports.find((report) => report.state === state);
  const live = found("live");
  const pending = found("pending");
  const failed = live || pending ? undefined : found("failed");
  const told = live ?? pending ?? failed;
  return {
    ...memory,
    live: live ? { commit: live.commit, at: now } : null,
    failed: failed ? { commit: failed.commit, url: failed.url, about: failed.about } : null,
    seen: `${subject} ${told ? `of ${told.commit.slice(0, 12)} ${REPORT_WORDS[told.state]}` : REPORT_WORDS.none}`,
  };
}

const REPORT_WORDS: Record<DeployReport["state"], string> = {
  none: "has not begun",
  pending: "is under way",
  live: "succeeded",
  failed: "failed",
};

/** The run after a look; each thing that was seen is told once. */
export function withLive(run: Run, memory: LiveMemory, now: number): Run {
  const before = run.live?.commit === memory.commit ? run.live : undefined;
  const next = { ...run, live: memory, firstRedAt: memory.failed ? (run.firstRedAt ?? now) : run.firstRedAt };
  const isTold = before?.seen === memory.seen && deployFact(before) === deployFact(memory);
  if (isTold || memory.seen === null) return next;
  return logged(next, { at: now, kind: "seen", text: `${STORY_WORDS[deployFact(memory)]}: ${memory.seen}`, act: null });
}

const STORY_WORDS: Record<DeployFact, string> = {
  not_asked: "deployed",
  pending: "not live yet",
  live: "live",
  failed: "the deploy failed",
  unknown: "not live yet",
};

/** The newest commit of ours, or one after it, that was found live. */
export function liveCommit(run: Run): LiveMemory["live"] {
  return run.live?.commit === landed(run) ? (run.live?.live ?? null) : null;
}

/** How the newest commit of ours failed to go live after it passed; null: it did not. */
export function failedDeploy(run: Run): FailedDeploy | null {
  const { live } = run;
  return live?.commit === landed(run) && run.seen.passed?.value === live?.commit ? (live?.failed ?? null) : null;
}
