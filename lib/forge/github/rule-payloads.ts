/** The fields we read of what a branch demands: rulesets, and classic protection. */
import * as z from "zod";
import type { RequiredCheck } from "../../core/types.ts";

const bound = z
  .number()
  .nullish()
  // "Any app" is told as null, as nothing, and in older protections as -1.
  .transform((app) => (typeof app === "number" && app > 0 ? String(app) : null));
export interface Rule {
  type: string;
  /** The checks it demands. */
  checks: RequiredCheck[];
  /** The ways of merging it allows; null: it says nothing of them. */
  methods: string[] | null;
}

const ruleOfChecks = z
  .object({
    type: z.literal("required_status_checks"),
    parameters: z.object({
      required_status_checks: z.array(z.object({ context: z.string(), integration_id: bound })),
    }),
  })
  .transform(({ type, parameters }): Rule => {
    const checks = parameters.required_status_checks;
    return {
      type,
      methods: null,
      checks: checks.map(({ context, integration_id }) => ({ name: context, app: integration_id })),
    };
  });
const ruleOfPulls = z
  .object({
    type: z.literal("pull_request"),
    parameters: z.object({ allowed_merge_methods: z.array(z.string()).nullish() }).nullish(),
  })
  .transform(
    ({ type, parameters }): Rule => ({ type, checks: [], methods: parameters?.allowed_merge_methods ?? null }),
  );
const READ_RULES = ["required_status_checks", "pull_request"];
/** The other kinds are known by their names alone. */
const otherRule = z
  .object({ type: z.string().refine((type) => !READ_RULES.includes(type)) })
  .transform(({ type }): Rule => ({ type, checks: [], methods: null }));
export const rules = z.array(z.union([ruleOfChecks, ruleOfPulls, otherRule]));

/** Older answers name contexts alone. */
export const protectionChecks = z
  .object({
    contexts: z.array(z.string()).optional(),
    checks: z.array(z.object({ context: z.string(), app_id: bound })).optional(),
  })
  .transform(({ contexts = [], checks = [] }): RequiredCheck[] => {
    const named = new Set(checks.map((check) => check.context));
    const bare = contexts.filter((context) => !named.has(context));
    return [
      ...checks.map(({ context, app_id }) => ({ name: context, app: app_id })),
      ...bare.map((context) => ({ name: context, app: null })),
    ];
  });

export const branchStanding = z.object({
  protected: z.boolean(),
  protection: z.object({ enabled: z.boolean().nullish() }).nullish(),
});

const isOn = z.object({ enabled: z.boolean() }).nullish();
const isThere = z.record(z.string(), z.unknown()).nullish();
/** Whether classic protection, read whole, takes a direct push. */
export const wholeProtection = z
  .object({
    required_pull_request_reviews: isThere,
    required_status_checks: isThere,
    restrictions: isThere,
    required_signatures: isOn,
    lock_branch: isOn,
  })
  .transform(
    (told) =>
      !told.required_pull_request_reviews &&
      !told.required_status_checks &&
      !told.restrictions &&
      !told.required_signatures?.enabled &&
      !told.lock_branch?.enabled,
  );
