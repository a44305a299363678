/** The fields we read of what a branch demands: rulesets, and classic protection. */
import type { RequiredCheck } from "../../core/types.ts";
import * as z from "../../zod.ts";

/** "Any app" is told as null, as nothing, and in older protections as -1. */
const bound = z.pipe(
  z.nullish(z.number()),
  z.transform((app) => (typeof app === "number" && app > 0 ? String(app) : null)),
);
export interface Rule {
  type: string;
  /** The checks it demands. */
  checks: RequiredCheck[];
  /** The ways of merging it allows; null: it says nothing of them. */
  methods: string[] | null;
}

const ruleOfChecks = z.pipe(
  z.object({
    type: z.literal("required_status_checks"),
    parameters: z.object({
      required_status_checks: z.array(z.object({ context: z.string(), integration_id: bound })),
    }),
  }),
  z.transform(({ type, parameters }): Rule => {
    const checks = parameters.required_status_checks;
    return {
      type,
      methods: null,
      checks: checks.map(({ context, integration_id }) => ({ name: context, app: integration_id })),
    };
  }),
);
const ruleOfPulls = z.pipe(
  z.object({
    type: z.literal("pull_request"),
    parameters: z.nullish(z.object({ allowed_merge_methods: z.nullish(z.array(z.string())) })),
  }),
  z.transform(
    ({ type, parameters }): Rule => ({ type, checks: [], methods: parameters?.allowed_merge_methods ?? null }),
  ),
);
const READ_RULES = ["required_status_checks", "pull_request"];
/** The other kinds are known by their names alone. */
const otherRule = z.pipe(
  z.object({ type: z.string().check(z.refine((type) => !READ_RULES.includes(type))) }),
  z.transform(({ type }): Rule => ({ type, checks: [], methods: null })),
);
export const rules = z.array(z.union([ruleOfChecks, ruleOfPulls, otherRule]));

/** Older answers name contexts alone. */
export const protectionChecks = z.pipe(
  z.object({
    contexts: z.optional(z.array(z.string())),
    checks: z.optional(z.array(z.object({ context: z.string(), app_id: bound }))),
  }),
  z.transform(({ contexts = [], checks = [] }): RequiredCheck[] => {
    const named = new Set(checks.map((check) => check.context));
    const bare = contexts.filter((context) => !named.has(context));
    return [
      ...checks.map(({ context, app_id }) => ({ name: context, app: app_id })),
      ...bare.map((context) => ({ name: context, app: null })),
    ];
  }),
);

export const branchStanding = z.object({
  protected: z.boolean(),
  protection: z.nullish(z.object({ enabled: z.nullish(z.boolean()) })),
});

const isOn = z.nullish(z.object({ enabled: z.boolean() }));
const isThere = z.nullish(z.record(z.string(), z.unknown()));
/** Whether classic protection, read whole, takes a direct push. */
export const wholeProtection = z.pipe(
  z.object({
    required_pull_request_reviews: isThere,
    required_status_checks: isThere,
    restrictions: isThere,
    required_signatures: isOn,
    lock_branch: isOn,
  }),
  z.transform(
    (told) =>
      !told.required_pull_request_reviews &&
      !told.required_status_checks &&
      !told.restrictions &&
      !told.required_signatures?.enabled &&
      !told.lock_branch?.enabled,
  ),
);
