/**
 * What every part of the stand-in works on: the state, the clock, git, and the way out for webhooks; with the finders
 * all of them use.
 */
import { findAccount, findRepo, fullName } from "../forge/finders.ts";
import type { OnOwnMove } from "../forge/stand-in.ts";
import type { GitHost } from "../git/git-host.ts";
import type { Emission } from "./deliveries.ts";
import type { Account, Issue, Repo, Role, State, Table } from "./state.ts";

export { timestamp } from "../forge/time.ts";
export { findAccount, findRepo, fullName };

export type World = {
  state: State;
  /** Milliseconds. */
  now: () => number;
  git: GitHost;
  /** ROOT_URL of app.ini: every link is made of it, whatever host was asked. */
  rootUrl: string;
  /** REACTIONS of app.ini. */
  reactions: string[];
  emit: (emission: Emission) => void;
  onOwnMove: OnOwnMove;
  /** Something changed that a scheduled merge may wait for: Forgejo looks in the background, at one after the other. */
  settle: (repo: Repo) => Promise<void>;
};

export type Place = { repo: Repo; issue: Issue };

/** Whoever Forgejo Actions acts as. */
export const ACTIONS: Account = {
  id: -2,
  login: "forgejo-actions",
  createdAt: "0001-01-01T00:00:00Z",
  organization: false,
};
const GHOST: Account = { id: -1, login: "Ghost", createdAt: "0001-01-01T00:00:00Z", organization: false };

const RANKS: Role[] = ["none", "read", "triage", "write", "admin", "owner"];

export function newId(world: World, table: Table): number {
  world.state.ids[table] += 1;
  return world.state.ids[table];
}

export function needRepo(world: World, name: string): Repo {
  const repo = findRepo(world, name);
  if (repo === undefined) throw new Error(`fake Forgejo has no repository ${name}`);
  return repo;
}

export function needIssue(world: World, repoName: string, number: number): Place {
  const repo = needRepo(world, repoName);
  const issue = repo.issues.find((each) => each.number === number);
  if (issue === undefined) throw new Error(`fake Forgejo has no issue ${repoName}#${number}`);
  return { repo, issue };
}

export function issueById(world: World, id: number): Place | undefined {
  for (const repo of world.state.repos) {
    const issue = repo.issues.find((each) => each.id === id);
    if (issue !== undefined) return { repo, issue };
  }
  return undefined;
}

export function needAccount(world: World, login: string): Account {
  const account = findAccount(world, login);
  if (account === undefined) throw new Error(`fake Forgejo has no account ${login}`);
  return account;
}

/** A deleted account's deeds are a ghost's. */
export function accountById(world: World, id: number): Account {
  if (id === ACTIONS.id) return ACTIONS;
  return world.state.accounts.find((each) => each.id === id) ?? GHOST;
}

/** An account's role; on a public repository anyone reads. */
export function roleOf(repo: Repo, account: Account | undefined): Role {
  const everyone = repo.private ? "none" : "read";
  if (account === undefined) return everyone;
  const login = account.login.toLowerCase();
  if (login === repo.owner.toLowerCase()) return "owner";
  const given = repo.permissions[login] ?? "none";
  return given === "none" ? everyone : given;
}

export function mayRead(repo: Repo, account: Account | undefined): boolean {
  return roleOf(repo, account) !== "none";
}

/** May label, close and edit issues of others. */
export function mayWriteIssues(repo: Repo, account: Account): boolean {
  return atLeast(repo, account, "triage");
}

export function mayPush(repo: Repo, account: Account): boolean {
  return atLeast(repo, account, "write");
}

export function mayAdminister(repo: Repo, account: Account): boolean {
  return atLeast(repo, account, "admin");
}

function atLeast(repo: Repo, account: Account, role: Role): boolean {
  return RANKS.indexOf(roleOf(repo, account)) >= RANKS.indexOf(role);
}
