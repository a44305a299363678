/**
 * What a simulated repo says of itself in the `.afk.yml` on its trunk, and what this world knows of it: which rules held when
 * a run was claimed, by the file's own text and not by what the loop made of it.
 */
import { type DeployRule, RULES_FILE } from "../../lib/core/repo-rules.ts";
import type { Run } from "../../lib/core/run.ts";
import { Random } from "./random.ts";
import type { Weather } from "./weather.ts";
import type { World } from "./world.ts";

export const APP_ORIGIN = "http://127.0.0.1:8105";
/** A check that fails whatever anybody does. */
export const NOISE = "noise";
/** An issue of this label needs no red test. */
export const DOCS = "docs";
const PROTECTED = "infra/**";
export const PROTECTED_FILE = "infra/deploy.sh";

export interface OwnRules {
  evidence: "optional" | "required" | "required-but-for-docs";
  protects: boolean;
  ignoresNoise: boolean;
  hasCi: boolean;
  fixAttempts: number | null;
  landing: "push" | "pull-request" | null;
  deploy: DeployRule;
}

/** Of a repo without the file. */
const NONE: OwnRules = {
  evidence: "optional",
  protects: false,
  ignoresNoise: false,
  hasCi: true,
  fixAttempts: null,
  landing: null,
  deploy: { type: "none" },
};

/** What an agent that would rather not be asked writes into it. */
export const LOOSENED = JSON.stringify({ evidence: "optional", protected: [], limits: { fix_attempts: 9 } });

/** Null: its repos have no such file. */
export function drawOwnRules(seed: number, { special, ruled }: Weather): OwnRules | null {
  const random = new Random(seed, "own rules");
  const protects = random.chance(0.5);
  const evidence = random.weighted([
    ["required", 5],
    ["required-but-for-docs", 3],
    ["optional", 2],
  ] as const);
  switch (special) {
    case "deploy-page":
      return { ...NONE, deploy: { type: "version_url", url: `${APP_ORIGIN}/version`, key: null } };
    case "deploy-check":
      return { ...NONE, deploy: { type: "check", name: "live" } };
    case "deploy-environment":
      return { ...NONE, deploy: { type: "environment", name: "production" } };
    case "evidence":
    case "evidence-unheard":
      return { ...NONE, evidence, protects };
    case "protected":
      return { ...NONE, protects: true };
    case "protected-pulls":
      return { ...NONE, protects: true, landing: "pull-request" };
    case "stricter":
      return { ...NONE, fixAttempts: random.pick([0, 1, 9]) };
    case "noisy":
      return { ...NONE, ignoresNoise: true };
    case "no-ci":
      return { ...NONE, hasCi: false };
    case "no-ci-pulls":
      return { ...NONE, hasCi: false, landing: "pull-request" };
    default:
      return ruled ? { ...NONE, evidence, protects } : null;
  }
}

export function textOf(rules: OwnRules): string {
  const { evidence, protects, ignoresNoise, hasCi, fixAttempts, landing, deploy } = rules;
  const byLabel = { default: "required", by_label: { [DOCS]: "not-applicable" } };
  return JSON.stringify({
    evidence: evidence === "required-but-for-docs" ? byLabel : evidence,
    protected: protects ? [PROTECTED] : [],
    ...(ignoresNoise ? { checks: { ignored: [NOISE] } } : {}),
    ...(hasCi ? {} : { ci: "none" }),
    ...(fixAttempts === null ? {} : { limits: { fix_attempts: fixAttempts } }),
    ...(landing === null ? {} : { landing }),
    ...(deploy.type === "none" ? {} : { deploy: deployOf(deploy) }),
  });
}

function deployOf(rule: Exclude<DeployRule, { type: "none" }>): Record<string, string> {
  switch (rule.type) {
    case "environment":
      return { environment: rule.name };
    case "check":
      return { check: rule.name };
    case "version_url":
      return { version_url: rule.url };
    default:
      return rule satisfies never;
  }
}

/** By the trunk's own file where the run began. */
export function rulesOfRun(world: World, repo: string, run: Run): OwnRules {
  const text = world.git.textAt(repo, run.base, RULES_FILE);
  if (text === undefined || world.ownRules === null) return NONE;
  return text === textOf(world.ownRules) ? world.ownRules : NONE;
}

export function isProtected(rules: OwnRules, path: string): boolean {
  return path === RULES_FILE || (rules.protects && path.startsWith("infra/"));
}
