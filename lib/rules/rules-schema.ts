/**
 * What `.afk.yml` may hold, key by key; docs/afk-yml.md explains each. The schema editors are given is made of this one
 * (scripts/afk-schema.ts), so that they know no other file than we do.
 */
import * as z from "zod";
import { INSTRUCTIONS_CHARACTERS_MAX } from "../core/repo-rules.ts";
import { ONE_YEAR_SECONDS } from "../core/setting-reader.ts";
import { globProblem } from "./globs.ts";

const LIST_MAX = 100;
const GLOB_CHARACTERS_MAX = 200;
const NAME_CHARACTERS_MAX = 255;
const SETUP_CHARACTERS_MAX = 500;
const URL_CHARACTERS_MAX = 2000;

const NO_CONTROLS = /^\P{Cc}+$/u;
const name = z
  .string()
  .min(1)
  .max(NAME_CHARACTERS_MAX)
  .regex(NO_CONTROLS, { error: "must be one line, without control characters" });
const names = z.array(name).max(LIST_MAX);
const glob = z
  .string()
  .min(1)
  .max(GLOB_CHARACTERS_MAX)
  .superRefine((text, context) => {
    const problem = globProblem(text);
    if (problem !== null) context.addIssue({ code: "custom", message: problem, input: text });
  });
const globs = z.array(glob).max(LIST_MAX);
const wish = z.enum(["optional", "required", "not-applicable"]);
const seconds = z.number().gt(0).max(ONE_YEAR_SECONDS);

const evidenceByLabel = z.strictObject({
  default: wish.optional().describe("Of an issue none of whose labels is named."),
  by_label: z
    .record(name, wish)
    .refine((labels) => Object.keys(labels).length <= LIST_MAX, { error: `must name at most ${LIST_MAX} labels` })
    .optional()
    .describe("By issue label; upper and lower case are one."),
});
const evidence = z
  .union([wish, evidenceByLabel])
  .describe("Whether a run must show a red test turned green in the forge's own CI before it lands.");

const deployWays = z
  .strictObject({
    environment: name.optional().describe("The forge's deployments of the commit to this environment."),
    check: name.optional().describe("A check or status context of the commit."),
    version_url: z
      .string()
      .max(URL_CHARACTERS_MAX)
      .optional()
      .describe("A page that answers with the commit; on an origin of AFK_DEPLOY_ORIGINS."),
    key: name.optional().describe("The key of the page's JSON object that holds the commit."),
  })
  .meta({ oneOf: [{ required: ["environment"] }, { required: ["check"] }, { required: ["version_url"] }] });
const deploy = z.union([z.literal("none"), deployWays]).describe("How a commit that passed is known to be live.");

const checks = z.strictObject({
  required: names.optional().describe("Checks that must pass, beside those the forge requires."),
  ignored: names.optional().describe("Checks that say nothing of a change."),
});

/** The file's names of the settings a repo may tighten. */
const limits = z
  .strictObject({
    fix_attempts: z.int().min(0).max(999_999).optional(),
    fix_seconds: seconds.optional(),
    budget_usd: z.number().min(0).max(999_999_999).optional(),
    start_seconds: seconds.optional(),
    stall_seconds: seconds.optional(),
    run_seconds: seconds.optional(),
    deploy_seconds: seconds.optional(),
    ci_grace_seconds: seconds.optional(),
  })
  .describe("Tighter limits than the deployment's; a looser one is not heeded.");

export const rulesFile = z
  .strictObject({
    landing: z.enum(["push", "pull-request"]).optional().describe("How a change reaches the default branch."),
    evidence: evidence.optional(),
    tests: globs.min(1).optional().describe("Globs: which paths are tests."),
    deploy: deploy.optional(),
    checks: checks.optional(),
    ci: z.enum(["required", "none"]).optional().describe("`none`: there is no CI, and a commit passes without."),
    instructions: z.string().min(1).max(INSTRUCTIONS_CHARACTERS_MAX).optional().describe("Said to the agent."),
    setup: z
      .string()
      .min(1)
      .max(SETUP_CHARACTERS_MAX)
      .regex(NO_CONTROLS, { error: "must be one line, without control characters" })
      .optional()
      .describe("One command that makes a fresh checkout ready to work in."),
    protected: globs.optional().describe("Globs: paths that no run may change unseen. `.afk.yml` always is one."),
    limits: limits.optional(),
  })
  .describe("What a repo says of itself to AFK loop, in .afk.yml on its default branch.");

export type RulesFile = z.output<typeof rulesFile>;

/** Every key a mapping of the file may have, by the mapping's path. */
export const KNOWN_KEYS: Record<string, string[]> = {
  "": Object.keys(rulesFile.shape),
  evidence: Object.keys(evidenceByLabel.shape),
  deploy: Object.keys(deployWays.shape),
  checks: Object.keys(checks.shape),
  limits: Object.keys(limits.shape),
};
