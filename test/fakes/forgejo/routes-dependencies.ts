/** What an issue depends on, and what it blocks. 404 where the repository has dependencies switched off. */
import { isRecord } from "../forge/request-body.ts";
import { type Answer, created, notFound, paged, refused } from "./answer.ts";
import type { OwnCall, Routes } from "./call.ts";
import { addDependency, removeDependency } from "./dependency-acts.ts";
import { ISSUE, withIssue, writing } from "./routes-issues.ts";
import { issueView } from "./views-issue.ts";
import { findRepo, fullName, issueById, mayRead, mayWriteIssues, type Place } from "./world.ts";

/** Without Link and without a count, alone among the lists. */
function plain(answer: Answer): Answer {
  return { status: answer.status, body: answer.body };
}

export const dependencyRoutes: Routes = {
  [`GET ${ISSUE}/dependencies`]: withIssue(({ world, query, viewer }, { repo, issue }) => {
    if (!repo.dependenciesEnabled) return notFound;
    const places = issue.dependsOn.flatMap((id) => issueById(world, id) ?? []);
    return plain(
      paged(places, query, (each) =>
        shownTo(mayRead(each.repo, viewer ?? undefined), issueView(world, each.repo, each.issue)),
      ),
    );
  }),
  [`GET ${ISSUE}/blocks`]: withIssue(({ world, query, viewer }, { issue }) => {
    const blocked = world.state.repos.flatMap((repo) =>
      repo.issues.filter((each) => each.dependsOn.includes(issue.id)).map((each) => ({ repo, issue: each })),
    );
    const readable = blocked.filter((each) => mayRead(each.repo, viewer ?? undefined));
    return plain(paged(readable, query, (each) => issueView(world, each.repo, each.issue)));
  }),
  [`POST ${ISSUE}/dependencies`]: writing((call, place) => change(call, place, "add")),
  [`DELETE ${ISSUE}/dependencies`]: writing((call, place) => change(call, place, "remove")),
  [`POST ${ISSUE}/blocks`]: writing((call, place) => change(call, place, "add", "blocks")),
  [`DELETE ${ISSUE}/blocks`]: writing((call, place) => change(call, place, "remove", "blocks")),
};

/** A blocker of a repository the caller may not read shows its title and state, and no more. */
function shownTo(readable: boolean, view: Record<string, unknown>): Record<string, unknown> {
  return readable ? view : { ...view, id: 0, body: "", labels: [], user: null, comments: 0 };
}

function change(call: OwnCall, place: Place, what: "add" | "remove", way: "depends" | "blocks" = "depends"): Answer {
  const other = named(call, place);
  if (other === undefined) return notFound;
  const [target, on] = way === "depends" ? [place, other] : [other, place];
  if (!target.repo.dependenciesEnabled || !mayWriteIssues(target.repo, call.viewer)) return notFound;
  if (!mayRead(on.repo, call.viewer)) return notFound;
  const known = target.issue.dependsOn.includes(on.issue.id);
  if (what === "add") {
    if (known) return refused(500, "issue dependency does already exist");
    if (on.issue.dependsOn.includes(target.issue.id)) return refused(500, "circular dependencies exists");
    addDependency(call.world, target, call.viewer, on.issue);
  } else {
    if (!known) return refused(500, "issue dependency does not exist");
    removeDependency(call.world, target, call.viewer, on.issue);
  }
  return created(issueView(call.world, place.repo, place.issue));
}

/** IssueMeta: {index, owner, repo}; owner and repo must be said. */
function named({ world, body }: OwnCall, { repo }: Place): Place | undefined {
  if (!isRecord(body)) return undefined;
  const { index, owner = repo.owner, repo: name = repo.name } = body;
  const there = findRepo(world, `${owner}/${name}`);
  const issue = there?.issues.find((each) => each.number === index);
  if (there === undefined || issue === undefined) return undefined;
  return fullName(there) === `${owner}/${name}` ? { repo: there, issue } : undefined;
}
