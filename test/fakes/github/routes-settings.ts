/** What a repository is set to: its labels, and whether it may run Actions. */
import { isRecord } from "../forge/request-body.ts";
import { type Answer, created, invalid, noContent, notFound, ok, paged, refused } from "./answer.ts";
import type { Call, Routes } from "./call.ts";
import { defineLabel, findLabel } from "./issue-acts.ts";
import { withRepo } from "./routes-repo.ts";
import type { Repo } from "./state.ts";
import { labelView } from "./views-issue.ts";
import { mayPush, roleOf } from "./world.ts";

const REPO = "/repos/{owner}/{repo}";
const CHARS_MAX = { name: 50, description: 100 };

export const settingsRoutes: Routes = {
  [`GET ${REPO}/labels`]: withRepo(({ world, query }, repo) =>
    paged(repo.labels, query, (label) => labelView(world, repo, label)),
  ),
  [`POST ${REPO}/labels`]: withRepo(createLabel),
  [`DELETE ${REPO}/labels/{name}`]: withRepo(deleteLabel),
  [`GET ${REPO}/actions/permissions`]: withRepo(({ viewer }, repo) => {
    if (roleOf(repo, viewer) !== "admin") return refused(403, "Must have admin rights to Repository.");
    const { enabled, allowed } = repo.actionsPolicy ?? { enabled: true, allowed: "all" };
    return ok(enabled ? { enabled, allowed_actions: allowed, sha_pinning_required: false } : { enabled });
  }),
};

/** Two labels cannot have one name, in whatever case. */
function createLabel({ world, viewer, body }: Call, repo: Repo): Answer {
  if (!mayPush(repo, viewer)) return notFound;
  const { name, color, description } = isRecord(body) ? body : {};
  if (typeof name !== "string" || name === "" || name.length > CHARS_MAX.name)
    return invalid("Label", "name", "invalid");
  if (color !== undefined && !/^[0-9a-f]{6}$/i.test(String(color))) return invalid("Label", "color", "invalid");
  if (typeof description === "string" && description.length > CHARS_MAX.description)
    return invalid("Label", "description", "too_long");
  if (repo.labels.some((label) => label.name.toLowerCase() === name.toLowerCase()))
    return invalid("Label", "name", "already_exists");
  const label = defineLabel(world, repo, name);
  label.color = typeof color === "string" ? color : "ededed";
  label.description = typeof description === "string" ? description : null;
  return created(labelView(world, repo, label));
}

/** It goes from every issue that carries it, too. */
function deleteLabel({ viewer, params }: Call, repo: Repo): Answer {
  if (repo.archived) return refused(403, "Repository was archived so is read-only.");
  const label = findLabel(repo, params.name ?? "");
  if (label === undefined || !mayPush(repo, viewer)) return notFound;
  repo.labels.splice(repo.labels.indexOf(label), 1);
  for (const issue of repo.issues) issue.labels = issue.labels.filter((id) => id !== label.id);
  return noContent;
}
