/** Labels of a repository and of an issue. */
import { field, isRecord } from "../forge/request-body.ts";
import { type Answer, created, forbidden, noContent, notFound, ok, paged, refused, required } from "./answer.ts";
import { type Call, changing, type OwnCall, type Routes, withRepo } from "./call.ts";
import * as acts from "./label-acts.ts";
import { ISSUE, withIssue, writing } from "./routes-issues.ts";
import type { LabelDefinition, Repo } from "./state.ts";
import { labelsOf, labelView } from "./views-issue.ts";
import { mayWriteIssues, type Place } from "./world.ts";

const LABELS = "/repos/{owner}/{repo}/labels";

export const labelRoutes: Routes = {
  [`GET ${LABELS}`]: withRepo(({ world, query }, repo) =>
    paged([...repo.labels].sort(byName), query, (label) => labelView(world, repo, label)),
  ),
  [`POST ${LABELS}`]: changing(createLabel),
  [`GET ${LABELS}/{id}`]: withRepo(({ world, params }, repo) => {
    const label = repo.labels.find((each) => each.id === Number(params.id));
    return label === undefined ? notFound : ok(labelView(world, repo, label));
  }),
  [`DELETE ${LABELS}/{id}`]: changing(deleteLabel),
  [`GET ${ISSUE}/labels`]: withIssue((call, place) => ok(shown(call, place))),
  [`POST ${ISSUE}/labels`]: writing((call, place) => withLabels(call, place, acts.addLabels)),
  [`PUT ${ISSUE}/labels`]: writing((call, place) => withLabels(call, place, acts.replaceLabels)),
  [`DELETE ${ISSUE}/labels`]: writing((call, place) => {
    if (!mayWriteIssues(place.repo, call.viewer)) return forbidden;
    acts.clearLabels(call.world, place, call.viewer);
    return noContent;
  }),
  [`DELETE ${ISSUE}/labels/{identifier}`]: writing(removeLabel),
};

function byName(one: LabelDefinition, other: LabelDefinition): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : one.id - other.id;
}

function shown({ world }: Call, { repo, issue }: Place): unknown[] {
  return labelsOf(repo, issue).map((label) => labelView(world, repo, label));
}

/** A second label of the same name is made without a word. */
function createLabel({ world, viewer, body }: OwnCall, repo: Repo): Answer {
  if (!mayWriteIssues(repo, viewer)) return forbidden;
  const { name, color, description, exclusive } = isRecord(body) ? body : {};
  if (typeof name !== "string" || name === "") return required("Name");
  if (typeof color !== "string" || color === "") return required("Color");
  if (!/^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(color)) return refused(422, "color must be a valid color code");
  const label = acts.defineLabel(world, repo, {
    name,
    color: color.toLowerCase(),
    ...(typeof description === "string" ? { description } : {}),
    exclusive: exclusive === true,
  });
  return created(labelView(world, repo, label));
}

/** By number alone. One that nobody defined is deleted with the same answer; issues that carry it lose it. */
function deleteLabel({ viewer, params }: OwnCall, repo: Repo): Answer {
  if (!mayWriteIssues(repo, viewer)) return forbidden;
  const id = Number(params.id);
  repo.labels = repo.labels.filter((label) => label.id !== id);
  for (const issue of repo.issues) issue.labels = issue.labels.filter((each) => each !== id);
  return noContent;
}

type Change = typeof acts.addLabels;

/** All names, or all ids; one that nobody defined is left out in silence, and nothing is made. */
function withLabels(call: OwnCall, place: Place, change: Change): Answer {
  const asked = field(call.body, "labels");
  const list: unknown[] = Array.isArray(asked) ? asked : [];
  const areNames = list.every((each) => typeof each === "string");
  const areIds = list.every((each) => Number.isInteger(each));
  if (asked !== undefined && !Array.isArray(asked)) return refused(422, "json: cannot unmarshal labels");
  if (!areNames && !areIds) return refused(400, "labels should be an array of strings or integers");
  if (!mayWriteIssues(place.repo, call.viewer)) return forbidden;
  const named = place.repo.labels.filter((label) => list.includes(label.name) || list.includes(label.id));
  change(call.world, place, call.viewer, named);
  return ok(shown(call, place));
}

/** By name or id. One that the issue does not carry is removed with the same answer; one nobody defined is 422. */
function removeLabel(call: OwnCall, place: Place): Answer {
  const { world, viewer, params, headers } = call;
  if (!mayWriteIssues(place.repo, viewer)) return forbidden;
  const { repo, issue } = place;
  const asked = params.identifier ?? "";
  const label = /^\d+$/.test(asked) ? repo.labels.find((each) => each.id === Number(asked)) : undefined;
  const found = label ?? acts.labelNamed(repo, asked);
  if (found === undefined) return refused(422, `label does not exist [label_id: 0, repo_id: ${repo.id}]`);
  acts.removeLabel(world, place, viewer, found);
  return headers.get("accept") === "application/vnd.github+json" ? ok(shown(call, { repo, issue })) : noContent;
}
