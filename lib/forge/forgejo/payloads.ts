/** The fields we read of Forgejo's answers and deliveries, and nothing else: what a release adds elsewhere cannot stop us. */
import { parseJson } from "../../core/json.ts";
import type { Account, CommitFacts, IssueEvent, Permission, RequiredCheck, TextSeen } from "../../core/types.ts";
import * as z from "../../zod.ts";
import { id, listOf, number, sha, state, text, time, url, word } from "../fields.ts";
import { repoPayload } from "../repo-facts.ts";

const labelNames = z.pipe(
  z.nullish(z.array(z.object({ name: text }))),
  z.transform((list) => (list ?? []).map((label) => label.name)),
);

/** No field tells a bot: the server's own accounts have negative ids, and everybody else is a user like any other. */
export const account = z.pipe(
  z.object({ id: z.union([z.int(), z.bigint()]), login: word }),
  z.transform(
    ({ id, login }): Account => ({
      id: String(id),
      login,
      // -1 is the ghost of a deleted account, -2 the server's Actions.
      kind: id > 0 ? "person" : id < -1 ? "bot" : "unknown",
    }),
  ),
);

export const version = z.object({ version: z.string() });

export const repo = z.extend(repoPayload, { has_issues: z.nullish(z.boolean()) });

const shown = z.object({ title: z.string(), body: text, updated_at: time, labels: labelNames });

/** An issue's text as a delivery shows it. */
export const textSeen = z.pipe(
  shown,
  z.transform(({ title, body, updated_at, labels }): TextSeen => ({ title, body, updatedIso: updated_at, labels })),
);

export const issue = z.extend(shown, {
  id,
  number,
  html_url: url,
  state,
  pull_request: z.optional(z.unknown()),
});
export const issues = listOf(issue);
export type Issue = z.output<typeof issue>;

export const issueState = z.object({ state });

const TYPES: Record<string, IssueEvent["type"]> = {
  close: "closed",
  reopen: "reopened",
  change_title: "renamed",
};

/** One entry of the timeline, in our words; null: one we do not read. `mentions`: a commit that names the issue. */
const timelineEntry = z.pipe(
  z.object({
    id,
    type: z.string(),
    body: text,
    user: z.nullish(account),
    created_at: time,
    label: z.nullish(z.object({ name: text })),
    ref_commit_sha: text,
  }),
  z.transform((entry) => {
    const type = entry.type === "label" ? (entry.body === "1" ? "labeled" : "unlabeled") : TYPES[entry.type];
    if (entry.type === "commit_ref" && entry.ref_commit_sha !== "")
      return {
        type: "mention" as const,
        actor: entry.user ?? null,
        atIso: entry.created_at,
        commit: entry.ref_commit_sha,
      };
    if (type === undefined) return null;
    const event: IssueEvent = {
      id: entry.id,
      type,
      label: entry.label?.name ?? null,
      actor: entry.user ?? null,
      atIso: entry.created_at,
      commit: null,
    };
    return event;
  }),
);
export const timeline = listOf(timelineEntry);
export type TimelineEntry = z.output<typeof timelineEntry>;

export const user = z.object({ id });

export const collaborator = z.object({
  permission: z.pipe(
    z.enum(["none", "read", "write", "admin", "owner"]),
    z.transform((level): Permission => (level === "owner" ? "admin" : level)),
  ),
  user: z.nullish(z.object({ id })),
});

/** An issue this one depends on, in whatever repo. */
export const dependencies = listOf(
  z.object({
    number,
    state,
    repository: z.nullish(z.object({ full_name: z.string().check(z.regex(/^[^/]+\/[^/]+$/)) })),
  }),
);

export const branch = z.object({
  commit: z.object({ id: sha }),
  enable_status_check: z.nullish(z.boolean()),
  status_check_contexts: z.nullish(z.array(z.string())),
});

export function requiredOf(found: z.output<typeof branch>): RequiredCheck[] {
  if (!found.enable_status_check) return [];
  return (found.status_check_contexts ?? []).map((name) => ({ name, app: null, pattern: true as const }));
}

export const commit = z.object({
  sha,
  commit: z.object({ message: z.string() }),
  parents: z.array(z.object({ sha })),
});
export const commits = listOf(commit);

/** Its files come in no order, and a rename as both its names; null: the server did not list them. */
export const commitFacts = z.pipe(
  z.object({
    sha,
    parents: z.array(z.object({ sha })),
    files: z.nullish(z.array(z.object({ filename: word }))),
  }),
  z.transform(({ parents, files }): CommitFacts => {
    const paths = [...new Set((files ?? []).map(({ filename }) => filename))];
    return {
      parents: parents.map((parent) => parent.sha),
      changed: { paths: paths.sort(), complete: files != null },
    };
  }),
);

export const label = z.object({ id: z.int(), name: z.string() });

export const labels = listOf(label);

/** All of an issue's comments at once: this list has no pages. */
export const comments = listOf(z.object({ id, body: text, user: z.nullish(z.object({ id })) }));

/** `issue_url` is empty on a pull request. */
export const commandComment = z.object({
  id,
  issue_url: text,
  body: text,
  user: z.nullish(account),
  created_at: time,
});

export const created = z.object({ id });

const status = z.object({
  id: z.int(),
  status: z.string(),
  context: z.string(),
  description: text,
  target_url: text,
  creator: z.nullish(z.object({ id })),
});
export const statuses = listOf(status);
export type CommitStatus = z.output<typeof status>;

const proposal = z.object({
  pull_request: z.object({
    head: z.object({ ref: word, repo_id: z.int() }),
    base: z.object({ repo_id: z.int() }),
  }),
});

/** The branch that a run's own payload proposes; null: none of this repo, or it is no run for a pull request. */
export const proposedBranch = z.pipe(
  z.nullish(z.string()),
  z.transform((payload): string | null => {
    const read = proposal.safeParse(parseJson(payload ?? ""));
    if (!read.success) return null;
    const { head, base } = read.data.pull_request;
    return head.repo_id === base.repo_id ? head.ref : null;
  }),
);

export const actionRun = z.pipe(
  z.object({
    id: z.pipe(z.int(), z.transform(String)),
    workflow_id: text,
    prettyref: text,
    commit_sha: text,
    event: text,
    status: text,
    html_url: text,
    need_approval: z.nullish(z.boolean()),
    event_payload: proposedBranch,
  }),
  z.transform(({ event_payload, ...run }) => ({ ...run, proposes: event_payload })),
);
export type ActionRun = z.output<typeof actionRun>;

export const actionRuns = z.pipe(
  z.object({ workflow_runs: z.nullish(z.array(actionRun)) }),
  z.transform((page) => page.workflow_runs ?? []),
);

/** Releases differ in whether they wrap the list. */
export const jobs = z.union([
  z.pipe(
    z.object({ jobs: z.nullish(z.array(z.object({ id, name: text, status: text }))) }),
    z.transform((page) => page.jobs ?? []),
  ),
  z.array(z.object({ id, name: text, status: text })),
]);
