/** What a deploy rule makes of a commit's checks. Pure. */
import { type CheckMeaning, latestAttempts, meaningOf } from "./ci-verdict.ts";
import type { DeployReport } from "./live.ts";
import type { DeployRule, RepoRules } from "./repo-rules.ts";
import type { Check } from "./types.ts";

/**
 * A check that tells of the deploy says nothing of CI: else a pending deploy would keep the verdict pending. Takes
 * whatever is named: checks, or what is required of a commit.
 */
export function withoutDeploy<T extends { name: string }>(named: T[], rule: DeployRule | undefined): T[] {
  return rule?.type === "check" ? named.filter(({ name }) => name !== rule.name) : named;
}

/** What one check tells of the deploy; null: nothing, as one that was skipped. */
const TELLS: Record<CheckMeaning, "failed" | "pending" | "live" | null> = {
  red: "failed",
  pending: "pending",
  infra: "pending",
  human: "pending",
  proof: "live",
  pass: null,
};

/** Any red one is a failed deploy; live is who says success and is not still at it. */
export function checkReport(checks: Check[], name: string, commit: string): DeployReport {
  const named = latestAttempts(checks.filter((check) => check.name === name));
  const report = (state: DeployReport["state"], check: Check | undefined): DeployReport => ({
    state,
    commit,
    url: check?.url ?? null,
    about: check ? `${check.name}: ${check.word}` : null,
  });
  for (const state of ["failed", "pending", "live"] as const) {
    const telling = named.find((check) => TELLS[meaningOf(check.word, "running")] === state);
    if (telling) return report(state, telling);
  }
  return report(named.length > 0 ? "pending" : "none", named[0]);
}

export function asksDeploy(rules: RepoRules | undefined): boolean {
  return rules !== undefined && rules.deploy.type !== "none";
}

/** What is waited for, in words. */
export function deploySubject(rule: Extract<DeployRule, { type: "environment" | "check" }>): string {
  switch (rule.type) {
    case "environment":
      return `the deployment to ${rule.name}`;
    case "check":
      return `the check ${rule.name}`;
    default:
      return rule satisfies never;
  }
}
