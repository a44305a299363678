/** Pull requests, as far as landing through one needs them. */
import { isRecord } from "../forge/request-body.ts";
import { type Answer, created, notFound, ok, paged, refused, required } from "./answer.ts";
import { type Call, type OwnCall, pushing, type Routes, withRepo } from "./call.ts";
import { openPull } from "./pull-acts.ts";
import type { Issue, Repo } from "./state.ts";
import { pullView } from "./views-pull.ts";

const PULLS = "/repos/{owner}/{repo}/pulls";

export const pullRoutes: Routes = {
  [`GET ${PULLS}`]: withRepo(({ world, query }, repo) => {
    const state = query.get("state") ?? "open";
    const pulls = repo.issues.filter((each) => each.pull !== null && (state === "all" || each.state === state));
    return paged(pulls.reverse(), query, (issue) => pullView(world, repo, issue));
  }),
  [`POST ${PULLS}`]: pushing(createPull),
  [`GET ${PULLS}/{index}`]: withRepo((call, repo) => {
    const issue = repo.issues.find((each) => each.number === Number(call.params.index));
    return shown(call, repo, issue);
  }),
  [`GET ${PULLS}/{base}/{head}`]: withRepo((call, repo) => {
    const { base, head } = call.params;
    return shown(
      call,
      repo,
      repo.issues.findLast((each) => each.pull?.base === base && each.pull?.head === head),
    );
  }),
  "GET /repos/{owner}/{repo}/commits/{sha}/pull": withRepo((call, repo) => {
    const { sha } = call.params;
    return shown(
      call,
      repo,
      repo.issues.find((each) => each.pull?.mergeSha === sha || each.pull?.headSha === sha),
    );
  }),
};

function shown({ world }: Call, repo: Repo, issue: Issue | undefined): Answer {
  return issue === undefined || issue.pull === null ? notFound : ok(pullView(world, repo, issue));
}

async function createPull({ world, viewer, body }: OwnCall, repo: Repo): Promise<Answer> {
  const { title, body: text, head, base } = isRecord(body) ? body : {};
  if (typeof title !== "string" || title === "") return required("Title");
  if (typeof head !== "string" || head === "") return required("Head");
  if (typeof base !== "string" || base === "") return required("Base");
  const there = repo.issues.some(
    (each) => each.pull?.head === head && each.pull.base === base && each.state === "open",
  );
  if (there)
    return refused(409, `pull request already exists for these targets [head_branch: ${head}, base_branch: ${base}]`);
  const wanted = { title, body: typeof text === "string" ? text : "", head, base };
  const issue = await openPull(world, repo, viewer, wanted);
  return issue === undefined ? notFound : created(pullView(world, repo, issue));
}
