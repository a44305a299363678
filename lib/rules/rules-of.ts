/** A file that its schema allows, in the words of the core; and what the schema alone cannot tell of it. */
import type { Limits } from "../core/config.ts";
import { DEFAULT_RULES, type DeployRule, type EvidenceWish, type RepoRules, RULES_FILE } from "../core/repo-rules.ts";
import { sameName } from "../core/same-name.ts";
import type { Problem } from "./problems.ts";
import type { RulesFile } from "./rules-schema.ts";

export function rulesOf(file: RulesFile): RepoRules {
  const { evidence = DEFAULT_RULES.evidence } = file;
  const byLabel = typeof evidence === "string" ? {} : (evidence.by_label ?? {});
  return {
    landing: file.landing ?? null,
    evidence: typeof evidence === "string" ? evidence : (evidence.default ?? DEFAULT_RULES.evidence),
    evidenceByLabel: lowerCased(byLabel),
    tests: file.tests ?? [...DEFAULT_RULES.tests],
    deploy: deployOf(file.deploy),
    requiredChecks: [...new Set(file.checks?.required ?? [])],
    ignoredChecks: [...new Set(file.checks?.ignored ?? [])],
    ci: file.ci ?? DEFAULT_RULES.ci,
    instructions: file.instructions ?? null,
    setup: file.setup ?? null,
    protectedPaths: [...new Set([RULES_FILE, ...(file.protected ?? [])])],
    limits: limitsOf(file.limits ?? {}),
  };
}

/** What no single key of the file shows. */
export function wholeProblems(file: RulesFile, origins: string[]): Problem[] {
  return [...deployProblems(file.deploy, origins), ...labelProblems(file.evidence), ...checkProblems(file.checks)];
}

function deployProblems(deploy: RulesFile["deploy"], origins: string[]): Problem[] {
  if (deploy === undefined || deploy === "none") return [];
  const ways = (["environment", "check", "version_url"] as const).filter((way) => deploy[way] !== undefined);
  const path = ["deploy"];
  if (ways.length !== 1) return [{ path, text: "must have exactly one of environment, check and version_url" }];
  if (deploy.key !== undefined && deploy.version_url === undefined)
    return [{ path, key: "key", text: "belongs to a version_url" }];
  const problem = deploy.version_url === undefined ? null : urlProblem(deploy.version_url, origins);
  return problem === null ? [] : [{ path: [...path, "version_url"], text: problem }];
}

function urlProblem(text: string, origins: string[]): string | null {
  const url = URL.parse(text);
  if (url === null) return "is no URL";
  if (url.protocol !== "https:" && url.protocol !== "http:") return "must begin with https:// or http://";
  if (url.username !== "" || url.password !== "") return "must hold no credentials";
  // Of a value nobody may set here, only the setting's name is told.
  return origins.includes(url.origin) ? null : "lies on no origin that the deployment allows (AFK_DEPLOY_ORIGINS)";
}

function labelProblems(evidence: RulesFile["evidence"]): Problem[] {
  const labels = typeof evidence === "object" ? Object.keys(evidence.by_label ?? {}) : [];
  const again = labels.find((label, at) => labels.slice(0, at).some((one) => sameName(one, label)));
  return again === undefined ? [] : [{ path: ["evidence", "by_label"], key: again, text: "names a label again" }];
}

function checkProblems(checks: RulesFile["checks"]): Problem[] {
  const both = (checks?.ignored ?? []).findIndex((name) => checks?.required?.includes(name));
  return both < 0 ? [] : [{ path: ["checks", "ignored", both], text: "is a required check, too" }];
}

function lowerCased(labels: Record<string, EvidenceWish>): Record<string, EvidenceWish> {
  return Object.fromEntries(Object.entries(labels).map(([label, wish]) => [label.toLowerCase(), wish]));
}

function deployOf(deploy: RulesFile["deploy"]): DeployRule {
  if (deploy === undefined || deploy === "none") return { type: "none" };
  const { environment, check, version_url: url, key = null } = deploy;
  if (environment !== undefined) return { type: "environment", name: environment };
  if (check !== undefined) return { type: "check", name: check };
  return url === undefined ? { type: "none" } : { type: "version_url", url: new URL(url).href, key };
}

function limitsOf(file: NonNullable<RulesFile["limits"]>): Partial<Limits> {
  const said: { [name in keyof Limits]: number | undefined } = {
    fixAttempts: file.fix_attempts,
    fixMs: milliseconds(file.fix_seconds),
    budgetUsd: file.budget_usd,
    startMs: milliseconds(file.start_seconds),
    stallMs: milliseconds(file.stall_seconds),
    runMs: milliseconds(file.run_seconds),
    deployMs: milliseconds(file.deploy_seconds),
    ciGraceMs: milliseconds(file.ci_grace_seconds),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.max(1, Math.round(seconds * 1000));
}
