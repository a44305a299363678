/** Whether what passed is live: read by the repo's own rule, with no more reads than its answer needs. */

import { passes, type Verdict } from "../core/ci-verdict.ts";
import { checkReport, deploySubject } from "../core/deploy-rule.ts";
import type { DeployFact } from "../core/facts.ts";
import {
  afterPage,
  afterReports,
  type DeployReport,
  deployFact,
  isPageDue,
  type LiveMemory,
  memoryOf,
} from "../core/live.ts";
import type { DeployRule } from "../core/repo-rules.ts";
import type { Run } from "../core/run.ts";
import { known, type Reading, type Unread } from "../core/types.ts";
import type { Loop } from "./loop.ts";
import { LATER_COMMITS_MAX } from "./verdict.ts";

export interface DeployLook {
  deploy: DeployFact;
  /** What is remembered of it from now on; null: nothing new. */
  live: LiveMemory | null;
}

export interface DeployAsked {
  rule: DeployRule;
  trunk: string;
  ours: string;
  /** Trunk commits after ours, oldest first: they hold it too. */
  later: string[];
  held: LiveMemory | undefined;
}

const NOT_ASKED: DeployLook = { deploy: "not_asked", live: null };

/** Of a run's newest commit, once that has passed. */
export async function lookAtDeploy(
  loop: Loop,
  run: Run,
  newest: { ours: string; later: string[] } | null,
  verdict: Verdict | null,
  unread: (failure: Unread) => void,
): Promise<DeployLook> {
  const rule = run.rules?.deploy;
  if (rule === undefined || rule.type === "none") return NOT_ASKED;
  if (newest === null || verdict === null || !passes(verdict, run.rules)) return { deploy: "pending", live: null };
  return readDeploy(loop, { rule, trunk: run.trunk, ...newest, held: run.live }, unread);
}

export async function readDeploy(
  loop: Loop,
  asked: DeployAsked,
  unread: (failure: Unread) => void,
): Promise<DeployLook> {
  const memory = memoryOf(asked.held, asked.ours);
  if (memory.live) return { deploy: "live", live: memory };
  const { rule } = asked;
  if (rule.type === "none") return NOT_ASKED;
  // A page names a commit itself: any that holds ours will do, and none costs a read.
  if (rule.type === "version_url") return readPage(loop, rule, [asked.ours, ...asked.later], memory);
  const commits = [asked.ours, ...asked.later.slice(-LATER_COMMITS_MAX)];
  const reports: DeployReport[] = [];
  for (const commit of commits) {
    const report = await reportOf(loop, rule, commit, asked.trunk);
    if (!report.known) {
      unread(report);
      return { deploy: "unknown", live: null };
    }
    reports.push(report.value);
    if (report.value.state === "live") break;
  }
  const live = afterReports(memory, reports, deploySubject(rule), loop.now());
  return { deploy: deployFact(live), live };
}

async function reportOf(
  loop: Loop,
  rule: Extract<DeployRule, { type: "environment" | "check" }>,
  commit: string,
  trunk: string,
): Promise<Reading<DeployReport>> {
  if (rule.type === "environment") {
    const deployment = await loop.ci.deployment(commit, rule.name);
    return deployment.known ? known({ commit, ...deployment.value }) : deployment;
  }
  const checks = await loop.ci.checks(commit, trunk);
  return checks.known ? known(checkReport(checks.value, rule.name, commit)) : checks;
}

/** The page is not the forge: one that gives no answer is not live, and the wait for it has an end. */
async function readPage(
  loop: Loop,
  rule: Extract<DeployRule, { type: "version_url" }>,
  commits: string[],
  memory: LiveMemory,
): Promise<DeployLook> {
  const { deployOrigins, pollMs } = loop.settings.config;
  const origin = URL.canParse(rule.url) ? new URL(rule.url).origin : null;
  if (origin === null || !deployOrigins.includes(origin)) {
    const seen = "the page is not asked: its origin is not in AFK_DEPLOY_ORIGINS";
    return { deploy: "pending", live: { ...memory, hits: 0, hitAt: null, seen } };
  }
  if (!isPageDue(memory, pollMs, loop.now())) return { deploy: "pending", live: memory };
  const page = await loop.probe.version(rule.url, rule.key);
  const live = afterPage(memory, page, commits, pollMs, loop.now());
  return { deploy: deployFact(live), live };
}
