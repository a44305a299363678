/** Branches as git references. */
import { type Answer, noContent, notFound, ok, refused } from "./answer.ts";
import type { Call, Routes } from "./call.ts";
import { deleteBranch } from "./pull-merges.ts";
import { withRepo } from "./routes-repo.ts";
import type { Repo } from "./state.ts";
import { repoUrl } from "./views-repo.ts";
import { mayPush } from "./world.ts";

const REFS = "/repos/{owner}/{repo}/git";

export const gitRoutes: Routes = {
  [`GET ${REFS}/ref/{ref*}`]: withRepo(getRef),
  [`DELETE ${REFS}/refs/{ref*}`]: withRepo(deleteRef),
};

async function getRef({ world, params }: Call, repo: Repo): Promise<Answer> {
  const branch = branchOf(params.ref);
  const sha = branch === undefined ? undefined : await world.git.head(repo.git, branch);
  if (sha === undefined) return notFound;
  const api = `${repoUrl(world, repo)}/git`;
  const object = { type: "commit", sha, url: `${api}/commits/${sha}` };
  return ok({ ref: `refs/heads/${branch}`, node_id: `REF_${sha}`, url: `${api}/refs/heads/${branch}`, object });
}

async function deleteRef({ world, viewer, params }: Call, repo: Repo): Promise<Answer> {
  if (!mayPush(repo, viewer)) return refused(403, "Resource not accessible by personal access token");
  const branch = branchOf(params.ref);
  if (branch === undefined) return refused(422, "Reference does not exist");
  if (branch === repo.defaultBranch) return refused(422, "Cannot delete the default branch");
  return (await deleteBranch(world, repo, viewer, branch)) ? noContent : refused(422, "Reference does not exist");
}

function branchOf(ref: string | undefined): string | undefined {
  return /^heads\/(.+)$/.exec(ref ?? "")?.[1];
}
