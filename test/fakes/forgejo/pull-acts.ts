/** What can happen to a pull request. */
import { told } from "./deliveries.ts";
import { closeIssue, newIssue } from "./issue-acts.ts";
import { addLabels } from "./label-acts.ts";
import { mentioned, refer } from "./references.ts";
import type { Account, Issue, LabelDefinition, Pull, Repo } from "./state.ts";
import { addEntry } from "./timeline.ts";
import { pullView } from "./views-pull.ts";
import { accountById, newId, type Place, timestamp, type World } from "./world.ts";

const CLOSING = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:([\w.-]+\/[\w.-]+))?#(\d+)\b/gi;

export type NewPull = { title: string; body: string; head: string; base: string; labels?: LabelDefinition[] };

/** `synchronized` is told first, and only then `opened`. */
export async function openPull(world: World, repo: Repo, by: Account, wanted: NewPull): Promise<Issue | undefined> {
  const headSha = await world.git.head(repo.git, wanted.head);
  const baseSha = await world.git.head(repo.git, wanted.base);
  const comparison = headSha && baseSha ? await world.git.compare(repo.git, baseSha, headSha) : undefined;
  if (headSha === undefined || comparison === undefined) return undefined;
  const { head, base } = wanted;
  const { mergeBase } = comparison;
  const fresh = { mergedAt: null, mergedBy: null, mergeSha: null };
  const pull: Pull = { id: newId(world, "pull"), head, base, headSha, mergeBase, ...fresh };
  const issue = newIssue(world, repo, by, { title: wanted.title, body: wanted.body, pull });
  refer(world, { repo, issue }, by, `${wanted.title}\n${wanted.body}`, "issue_ref");
  emitPull(world, { repo, issue }, by, "synchronized");
  emitPull(world, { repo, issue }, by, "opened");
  const { labels = [] } = wanted;
  if (labels.length > 0) addLabels(world, { repo, issue }, by, labels);
  return issue;
}

/** A push to the head of an open pull request. */
export function synchronizePulls(
  world: World,
  repo: Repo,
  by: Account,
  { branch, after }: { branch: string; after: string },
): void {
  for (const issue of repo.issues) {
    if (issue.pull?.head !== branch || issue.state !== "open") continue;
    issue.pull.headSha = after;
    addEntry(world, issue, by, "pull_push", { body: JSON.stringify({ is_force_push: false, commit_ids: [after] }) });
    emitPull(world, { repo, issue }, by, "synchronized");
  }
}

/** Merged as `sha`, the new head of its base: one `closed`, and the issues its text closes are closed by the merger. */
export function mergePull(world: World, place: Place, by: Account, sha: string): void {
  const { repo, issue } = place;
  const { pull } = issue;
  if (pull === null || pull.mergedAt !== null) return;
  const at = timestamp(world);
  Object.assign(pull, { mergedAt: at, mergedBy: by.id, mergeSha: sha });
  Object.assign(issue, { state: "closed", closedAt: at });
  addEntry(world, issue, by, "merge_pull");
  emitPull(world, place, by, "closed");
  for (const named of mentioned(world, { repo }, `${issue.title}\n${issue.body}`, CLOSING))
    closeIssue(world, named, by);
}

function emitPull(world: World, { repo, issue }: Place, by: Account, action: string): void {
  const type = action === "synchronized" ? "pull_request_sync" : "pull_request";
  const view = pullView(world, repo, issue);
  const payload = { action, number: issue.number, pull_request: view, review: null, commit_id: "" };
  const who = { repo, viewer: accountById(world, issue.by), sender: by };
  world.emit({ type, repo, payload: told(world, who, payload) });
}
