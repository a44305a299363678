/**
 * What `.afk.yml` may hold, key by key; docs/afk-yml.md explains each. The schema editors are given is made of this one
 * (scripts/afk-schema.ts), so that they know no other file than we do.
 */
import { INSTRUCTIONS_CHARACTERS_MAX } from "../core/repo-rules.ts";
import { ONE_YEAR_SECONDS } from "../core/setting-reader.ts";
import * as z from "../zod.ts";
import { globProblem } from "./globs.ts";

const LIST_MAX = 100;
const GLOB_CHARACTERS_MAX = 200;
const NAME_CHARACTERS_MAX = 255;
const SETUP_CHARACTERS_MAX = 500;
const URL_CHARACTERS_MAX = 2000;

const NO_CONTROLS = /^\P{Cc}+$/u;
const name = z
  .string()
  .check(
    z.minLength(1),
    z.maxLength(NAME_CHARACTERS_MAX),
    z.regex(NO_CONTROLS, { error: "must be one line, without control characters" }),
  );
const names = z.array(name).check(z.maxLength(LIST_MAX));
const glob = z.string().check(
  z.minLength(1),
  z.maxLength(GLOB_CHARACTERS_MAX),
  z.superRefine((text, context) => {
    const problem = globProblem(text);
    if (problem !== null) context.addIssue({ code: "custom", message: problem, input: text });
  }),
);
const globs = z.array(glob).check(z.maxLength(LIST_MAX));
const wish = z.enum(["optional", "required", "not-applicable"]);
const seconds = z.number().check(z.gt(0), z.maximum(ONE_YEAR_SECONDS));

const evidenceByLabel = z.strictObject({
  default: z.optional(wish).check(z.describe("Of an issue none of whose labels is named.")),
  by_label: z
    .optional(
      z.record(name, wish).check(
        z.refine((labels) => Object.keys(labels).length <= LIST_MAX, {
          error: `must name at most ${LIST_MAX} labels`,
        }),
      ),
    )
    .check(z.describe("By issue label; upper and lower case are one.")),
});
const evidence = z
  .union([wish, evidenceByLabel])
  .check(
    z.describe(
      "Whether a run must show a red test turned green in the forge's own CI: a pull request before it is merged, a push before its issue is closed.",
    ),
  );

const deployWays = z
  .strictObject({
    environment: z.optional(name).check(z.describe("The forge's deployments of the commit to this environment.")),
    check: z.optional(name).check(z.describe("A check or status context of the commit.")),
    version_url: z
      .optional(z.string().check(z.maxLength(URL_CHARACTERS_MAX)))
      .check(z.describe("A page that answers with the commit; on an origin of AFK_DEPLOY_ORIGINS.")),
    key: z.optional(name).check(z.describe("The key of the page's JSON object that holds the commit.")),
  })
  .check(z.meta({ oneOf: [{ required: ["environment"] }, { required: ["check"] }, { required: ["version_url"] }] }));
const deploy = z
  .union([z.literal("none"), deployWays])
  .check(z.describe("How a commit that passed is known to be live."));

const checks = z.strictObject({
  required: z.optional(names).check(z.describe("Checks that must pass, beside those the forge requires.")),
  ignored: z.optional(names).check(z.describe("Checks that say nothing of a change.")),
});

/** The file's names of the settings a repo may tighten. */
const limits = z
  .strictObject({
    fix_attempts: z.optional(z.int().check(z.minimum(0), z.maximum(999_999))),
    fix_seconds: z.optional(seconds),
    budget_usd: z.optional(z.number().check(z.minimum(0), z.maximum(999_999_999))),
    start_seconds: z.optional(seconds),
    stall_seconds: z.optional(seconds),
    run_seconds: z.optional(seconds),
    deploy_seconds: z.optional(seconds),
    ci_grace_seconds: z.optional(seconds),
  })
  .check(z.describe("Tighter limits than the deployment's; a looser one is not heeded."));

export const rulesFile = z
  .strictObject({
    landing: z.optional(z.enum(["push", "pull-request"])).check(z.describe("How a change reaches the default branch.")),
    evidence: z.optional(evidence),
    tests: z.optional(globs.check(z.minLength(1))).check(z.describe("Globs: which paths are tests.")),
    deploy: z.optional(deploy),
    checks: z.optional(checks),
    ci: z
      .optional(z.enum(["required", "none"]))
      .check(z.describe("`none`: there is no CI, and a commit passes without.")),
    instructions: z
      .optional(z.string().check(z.minLength(1), z.maxLength(INSTRUCTIONS_CHARACTERS_MAX)))
      .check(z.describe("Said to the agent.")),
    setup: z
      .optional(
        z
          .string()
          .check(
            z.minLength(1),
            z.maxLength(SETUP_CHARACTERS_MAX),
            z.regex(NO_CONTROLS, { error: "must be one line, without control characters" }),
          ),
      )
      .check(z.describe("One command that makes a fresh checkout ready to work in.")),
    protected: z
      .optional(globs)
      .check(z.describe("Globs: paths that no run may change unseen. `.afk.yml` always is one.")),
    limits: z.optional(limits),
  })
  .check(z.describe("What a repo says of itself to AFK loop, in .afk.yml on its default branch."));

export type RulesFile = z.output<typeof rulesFile>;

/** Every key a mapping of the file may have, by the mapping's path. */
export const KNOWN_KEYS: Record<string, string[]> = {
  "": Object.keys(rulesFile.shape),
  evidence: Object.keys(evidenceByLabel.shape),
  deploy: Object.keys(deployWays.shape),
  checks: Object.keys(checks.shape),
  limits: Object.keys(limits.shape),
};
