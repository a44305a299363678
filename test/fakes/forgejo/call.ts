/** What a route of the stand-in is handed, and the checks that many routes share. */
import type { SeenRequest } from "../forge/faults.ts";
import { type Answer, notFound, refused } from "./answer.ts";
import type { Account, Repo } from "./state.ts";
import { findRepo, mayAdminister, mayPush, mayRead, type Place, type World } from "./world.ts";

export type Call = Pick<SeenRequest, "query" | "body"> & {
  world: World;
  /** Null: nobody, who reads what is public. */
  viewer: Account | null;
  params: Record<string, string>;
  headers: Headers;
};

export type Handler = (call: Call) => Answer | Promise<Answer>;
export type Routes = Record<string, Handler>;
/** A call of somebody known. */
export type OwnCall = Call & { viewer: Account };

const TOKEN_REQUIRED = refused(401, "token is required");
const ARCHIVED = refused(423, "repo is archived");
const ADMIN_ONLY = refused(403, "user should be an owner or a collaborator with admin write of a repository");
const WRITE_ONLY = refused(403, "user should have a permission to write to a repo");

/** The repository a path names, or 404 for one that is not there or that the caller may not even read. */
export function withRepo(handler: (call: Call, repo: Repo) => Answer | Promise<Answer>): Handler {
  return (call) => {
    const repo = findRepo(call.world, `${call.params.owner}/${call.params.repo}`);
    return repo === undefined || !mayRead(repo, call.viewer ?? undefined) ? notFound : handler(call, repo);
  };
}

export function signedIn(handler: (call: OwnCall, repo: Repo) => Answer | Promise<Answer>): Handler {
  return withRepo((call, repo) => {
    const { viewer } = call;
    return viewer === null ? TOKEN_REQUIRED : handler({ ...call, viewer }, repo);
  });
}

/** What changes a repository is refused where it was archived. */
export function changing(handler: (call: OwnCall, repo: Repo) => Answer | Promise<Answer>): Handler {
  return signedIn((call, repo) => (repo.archived ? ARCHIVED : handler(call, repo)));
}

export function pushing(handler: (call: OwnCall, repo: Repo) => Answer | Promise<Answer>): Handler {
  return changing((call, repo) => (mayPush(repo, call.viewer) ? handler(call, repo) : WRITE_ONLY));
}

export function administering(handler: (call: OwnCall, repo: Repo) => Answer | Promise<Answer>): Handler {
  return signedIn((call, repo) => (mayAdminister(repo, call.viewer) ? handler(call, repo) : ADMIN_ONLY));
}

export function issueIn(repo: Repo, call: Call): Place | undefined {
  const issue = repo.issues.find((each) => each.number === Number(call.params.index));
  return issue === undefined || !repo.issuesEnabled ? undefined : { repo, issue };
}
