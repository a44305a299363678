/** The fields a doctor reads of Forgejo's answers. */
import { id, text } from "../../forge/fields.ts";
import * as z from "../../zod.ts";
import type { AboutRepo, HookFacts, LabelFacts } from "../facts.ts";

export const user = z.object({ login: z.string() });

export const about = z.pipe(
  z.object({
    full_name: z.string(),
    default_branch: z.string(),
    has_issues: z.nullish(z.boolean()),
    has_actions: z.nullish(z.boolean()),
    archived: z.nullish(z.boolean()),
    permissions: z.object({ admin: z.boolean(), push: z.boolean(), pull: z.boolean() }),
  }),
  z.transform(
    ({ full_name, default_branch, has_issues, has_actions, archived, permissions }): AboutRepo => ({
      fullName: full_name,
      defaultBranch: default_branch,
      hasIssues: has_issues ?? true,
      hasActions: has_actions ?? null,
      archived: archived ?? false,
      may: permissions,
    }),
  ),
);

export const label = z.pipe(
  z.object({ name: z.string(), color: text, description: text, exclusive: z.nullish(z.boolean()) }),
  z.transform(({ name, color, description, exclusive }): LabelFacts => {
    const scope = name.slice(0, Math.max(0, name.lastIndexOf("/")));
    return {
      name,
      color: color.replace(/^#/, ""),
      description,
      exclusiveIn: exclusive === true && scope !== "" ? scope : null,
    };
  }),
);

export const hook = z.pipe(
  z.object({
    id,
    type: z.string(),
    active: z.boolean(),
    events: z.nullish(z.array(z.string())),
    config: z.object({ url: text, content_type: text }),
    branch_filter: text,
  }),
  z.transform(
    ({ id, type, active, events, config, branch_filter }): HookFacts => ({
      id,
      url: config.url,
      active,
      events: events ?? [],
      contentType: config.content_type,
      kind: type,
      branchFilter: branch_filter,
      // Never told.
      hasSecret: null,
      deliveries: null,
    }),
  ),
);

export const heads = z.pipe(
  z.nullable(
    z.array(
      z.pipe(
        z.object({ head: z.object({ ref: z.string(), sha: z.string() }) }),
        z.transform(({ head }) => head),
      ),
    ),
  ),
  z.transform((list) => list ?? []),
);
