/**
 * What a repo says of itself in `.afk.yml` on its default branch, and what of it holds beside the deployment's settings:
 * a repo may be stricter than those, never looser. Pure; `lib/rules` reads the file.
 */
import type { LandingSetting, Limits } from "./config.ts";

export const RULES_FILE = ".afk.yml";

/** So much of them is taken, and told to the agent. */
export const INSTRUCTIONS_CHARACTERS_MAX = 4_000;

/** `not-applicable`: nobody expects a red test of this issue (documentation, a refactoring). */
export type EvidenceWish = "optional" | "required" | "not-applicable";

/** How a commit that passed is known to be live. */
export type DeployRule =
  | { type: "none" }
  /** The forge's deployment statuses for the commit. */
  | { type: "environment"; name: string }
  /** A check or status context of the commit, as other systems report. */
  | { type: "check"; name: string }
  /** What a page of the running system says: the commit, alone or under one key of a JSON object. */
  | { type: "version_url"; url: string; key: string | null };

export interface RepoRules {
  /** Null: as the deployment says. */
  landing: "push" | "pull-request" | null;
  evidence: EvidenceWish;
  /** By issue label, lower-cased; the strictest of an issue's labels counts only where none says not-applicable. */
  evidenceByLabel: Record<string, EvidenceWish>;
  /** Globs: which paths are tests. */
  tests: string[];
  deploy: DeployRule;
  /** Names of checks beside those that the forge itself requires. */
  requiredChecks: string[];
  /** Checks that say nothing of a change. */
  ignoredChecks: string[];
  /** `none`: there is no CI, and a commit passes without. */
  ci: "required" | "none";
  /** Said to the agent beside the preamble. */
  instructions: string | null;
  /** A command that makes a fresh checkout ready to work in. */
  setup: string | null;
  /** Globs of paths that no run may change unseen; the rules file itself is always among them. */
  protectedPaths: string[];
  limits: Partial<Limits>;
}

const DEFAULT_TESTS = ["**/{test,tests,__tests__,spec}/**", "**/*.{test,spec}.*", "**/*_test.*", "**/test_*"] as const;

/** What holds for a repo that says nothing. */
export const DEFAULT_RULES: RepoRules = {
  landing: null,
  evidence: "optional",
  evidenceByLabel: {},
  tests: [...DEFAULT_TESTS],
  deploy: { type: "none" },
  requiredChecks: [],
  ignoredChecks: [],
  ci: "required",
  instructions: null,
  setup: null,
  protectedPaths: [RULES_FILE],
  limits: {},
};

/** A file as parsed. `problem`: `<line>:<column> <path> <problem>`, of the first of them. */
export type ParsedRules = { type: "rules"; rules: RepoRules } | { type: "invalid"; problem: string };

/** What holds by a file as it was read; `none`: there is no such file. One that is wrong says nothing. */
export function rulesHeld(file: ParsedRules | { type: "none" }): RepoRules {
  return file.type === "rules" ? file.rules : DEFAULT_RULES;
}

/** A pull request if either asks for one; `auto` is for the forge's own rules to say. */
export function landingUnder(setting: LandingSetting, rules: RepoRules): LandingSetting {
  if (setting === "pull-request" || rules.landing === "pull-request") return "pull-request";
  return setting === "auto" ? (rules.landing ?? "auto") : setting;
}

const LIMIT_NAMES: Record<keyof Limits, string> = {
  fixAttempts: "fix_attempts",
  fixMs: "fix_seconds",
  budgetUsd: "budget_usd",
  startMs: "start_seconds",
  stallMs: "stall_seconds",
  runMs: "run_seconds",
  deployMs: "deploy_seconds",
  ciGraceMs: "ci_grace_seconds",
};

/** What of the rules holds, in a few words for whoever asks why; and what does not, since the deployment is stricter. */
export function rulesInWords(rules: RepoRules, config: { limits: Limits; landing: LandingSetting }): string {
  const named = Object.keys(LIMIT_NAMES) as (keyof Limits)[];
  const said = (name: keyof Limits) => rules.limits[name] ?? config.limits[name];
  const tighter = named.filter((name) => said(name) < config.limits[name]).map((name) => LIMIT_NAMES[name]);
  const looser = named.filter((name) => said(name) > config.limits[name]).map((name) => LIMIT_NAMES[name]);
  const held = landingUnder(config.landing, rules);
  if (rules.landing !== null && rules.landing !== held) looser.push("landing");
  const words = [
    `landing ${held}`,
    `evidence ${rules.evidence}`,
    `deploy ${rules.deploy.type}`,
    ...(rules.ci === "none" ? ["no CI"] : []),
    ...(tighter.length > 0 ? [`tighter ${tighter.join(", ")}`] : []),
  ];
  return `${words.join(", ")}${looser.length > 0 ? `; not heeded, since the deployment is stricter: ${looser.join(", ")}` : ""}`;
}

/** What is expected of a run of an issue with these labels. */
export function evidenceFor(rules: RepoRules, labels: string[]): EvidenceWish {
  const said = labels.flatMap((label) => {
    const name = label.toLowerCase();
    return Object.hasOwn(rules.evidenceByLabel, name) ? (rules.evidenceByLabel[name] ?? []) : [];
  });
  return (["not-applicable", "required", "optional"] as const).find((wish) => said.includes(wish)) ?? rules.evidence;
}
