/**
 * What every part of the stand-in works on: the state, the clock, git, and the way out for webhooks; with the finders
 * all of them use.
 */
import { findAccount, findRepo, fullName } from "../forge/finders.ts";
import type { OnOwnMove } from "../forge/stand-in.ts";
import type { GitHost } from "../git/git-host.ts";
import type { Account, Issue, Repo, Role, State } from "./state.ts";

export { timestamp } from "../forge/time.ts";
export { findAccount, findRepo, fullName };

export type World = {
  state: State;
  /** Milliseconds. */
  now: () => number;
  links: "all" | "none";
  git: GitHost;
  urls: Urls;
  emit: (event: string, repo: Repo, sender: Account, payload: Record<string, unknown>) => void;
  /** Told when a rerun was asked for, so that whoever plays CI can run it. */
  onRerun: (repo: string, runId: number, attempt: number) => void;
  /** Told before and after GitHub itself moves a branch, which no push tells of. */
  onOwnMove: OnOwnMove;
  /** Whose pull requests are being looked at for what may be merged by itself. */
  settling: Map<Repo, "looks" | "again">;
};

export type Urls = { api: string; html: string; clone: (fullName: string) => string };

export type Place = { repo: Repo; issue: Issue };

const READ_ONLY: Role[] = ["none", "read"];

export function newId(world: World): number {
  world.state.nextId += 1;
  return world.state.nextId;
}

export function needRepo(world: World, name: string): Repo {
  const repo = findRepo(world, name);
  if (repo === undefined) throw new Error(`fake GitHub has no repository ${name}`);
  return repo;
}

export function repoById(world: World, id: number): Repo {
  const repo = world.state.repos.find((each) => each.id === id);
  if (repo === undefined) throw new Error(`fake GitHub has no repository with id ${id}`);
  return repo;
}

export function needIssue(world: World, repoName: string, number: number): Place {
  const repo = needRepo(world, repoName);
  const issue = repo.issues.find((each) => each.number === number && isThere(each));
  if (issue === undefined) throw new Error(`fake GitHub has no issue ${repoName}#${number}`);
  return { repo, issue };
}

export function issueById(world: World, id: number): Place | undefined {
  for (const repo of world.state.repos) {
    const issue = repo.issues.find((each) => each.id === id && isThere(each));
    if (issue !== undefined) return { repo, issue };
  }
  return undefined;
}

export function isThere(issue: Issue): boolean {
  return !issue.deleted && issue.transferredTo === null;
}

export function needAccount(world: World, login: string): Account {
  const account = findAccount(world, login);
  if (account === undefined) throw new Error(`fake GitHub has no account ${login}`);
  return account;
}

export function accountById(world: World, id: number): Account {
  const account = world.state.accounts.find((each) => each.id === id);
  if (account === undefined) throw new Error(`fake GitHub has no account with id ${id}`);
  return account;
}

/** An account's role; on a public repository anyone reads. */
export function roleOf(repo: Repo, account: Account): Role {
  const login = account.login.toLowerCase();
  if (login === repo.owner.toLowerCase()) return "admin";
  const given = repo.permissions[login] ?? "none";
  return given === "none" && !repo.private ? "read" : given;
}

export function mayRead(repo: Repo, account: Account): boolean {
  return roleOf(repo, account) !== "none";
}

/** May label and close issues of others. */
export function mayTriage(repo: Repo, account: Account): boolean {
  return !READ_ONLY.includes(roleOf(repo, account));
}

export function mayPush(repo: Repo, account: Account): boolean {
  return ["admin", "maintain", "write"].includes(roleOf(repo, account));
}
