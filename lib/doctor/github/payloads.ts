/** The fields a doctor reads of GitHub's answers. */
import { id, text } from "../../forge/fields.ts";
import * as z from "../../zod.ts";
import type { AboutRepo, ActionsFacts, DeliveryFacts, HookFacts, LabelFacts } from "../facts.ts";
import { saw } from "../seen.ts";

/** Where only the status tells. */
export const anything = z.unknown();

export const user = z.object({ login: z.string() });

export const app = z.object({ id, slug: z.string(), events: z.array(z.string()) });

export const about = z.pipe(
  z.object({
    full_name: z.string(),
    default_branch: z.string(),
    has_issues: z.boolean(),
    archived: z.boolean(),
    permissions: z.optional(z.object({ admin: z.boolean(), push: z.boolean(), pull: z.boolean() })),
  }),
  z.transform(
    ({ full_name, default_branch, has_issues, archived, permissions }): AboutRepo => ({
      fullName: full_name,
      defaultBranch: default_branch,
      hasIssues: has_issues,
      archived,
      // An installation is told its rights elsewhere.
      may: permissions ?? { admin: false, push: true, pull: true },
      hasActions: null,
    }),
  ),
);

export const installation = z.object({ permissions: z.record(z.string(), z.string()) });

export const labels = z.array(
  z.pipe(
    z.object({ name: z.string(), color: z.string(), description: text }),
    z.transform(({ name, color, description }): LabelFacts => ({ name, color, description, exclusiveIn: null })),
  ),
);

export const hookConfig = z.object({ url: text, content_type: text, secret: text });

/** What GitHub remembers of the newest delivery for longer than the delivery itself. */
const lastResponse = z.pipe(
  z.nullish(z.object({ code: z.nullish(z.int()), status: text })),
  z.transform((last) =>
    last?.code == null ? null : saw([{ atIso: "", event: "the last delivery", status: last.code, word: last.status }]),
  ),
);

export const hooks = z.array(
  z.pipe(
    z.object({ id, active: z.boolean(), events: z.array(z.string()), config: hookConfig, last_response: lastResponse }),
    z.transform(
      ({ id, active, events, config, last_response }): HookFacts => ({
        id,
        url: config.url,
        active,
        events,
        contentType: config.content_type || "form",
        kind: null,
        branchFilter: "",
        hasSecret: config.secret !== "",
        deliveries: last_response,
      }),
    ),
  ),
);

export const deliveries = z.array(
  z.pipe(
    z.object({ delivered_at: z.string(), event: z.string(), status_code: z.int(), status: z.string() }),
    z.transform(
      ({ delivered_at, event, status_code, status }): DeliveryFacts => ({
        atIso: delivered_at,
        event,
        status: status_code,
        word: status,
      }),
    ),
  ),
);

export const runs = z.object({
  workflow_runs: z.array(z.object({ event: z.string(), head_branch: z.nullish(z.string()) })),
});

export const heads = z.array(
  z.pipe(
    z.object({ head: z.object({ ref: z.string(), sha: z.string() }) }),
    z.transform(({ head }) => head),
  ),
);

export const actions = z.pipe(
  z.object({ enabled: z.boolean(), allowed_actions: z.nullish(z.string()) }),
  z.transform(({ enabled, allowed_actions }): ActionsFacts => ({ enabled, allowed: allowed_actions ?? null })),
);
