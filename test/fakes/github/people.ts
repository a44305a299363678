/**
 * What people do on the website: each act under a login, with GitHub's events and webhooks. Wrong use throws; it is the
 * test's mistake.
 */
import { moveBranch } from "../forge/own-move.ts";
import type { BlockerName, ForgePeople, NewIssue, NewRepo, On, WrittenFiles } from "../forge/stand-in.ts";
import { isoSeconds } from "../forge/time.ts";
import { addComment, deleteComment } from "./comment-acts.ts";
import { addBlocker, removeBlocker } from "./dependency-acts.ts";
import * as acts from "./issue-acts.ts";
import { told } from "./pull-merges.ts";
import { settle } from "./pull-settling.ts";
import type { Account, Comment, Issue, Repo, Role, StateReason } from "./state.ts";
import { repoView } from "./views-repo.ts";
import {
  findAccount,
  findRepo,
  fullName,
  mayPush,
  mayTriage,
  needAccount,
  needIssue,
  needRepo,
  newId,
  roleOf,
  timestamp,
  type World,
} from "./world.ts";

export class People implements ForgePeople {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  addUser(login: string, id?: number): Account {
    return this.account(login, "User", id);
  }

  /** A GitHub App's account: `slug[bot]`. It is no collaborator, and what it writes carries its app. */
  addBot(slug: string, id?: number, appId?: number): Account {
    const account = this.account(`${slug}[bot]`, "Bot", id);
    account.app ??= { id: appId ?? newId(this.world), slug, name: slug };
    return account;
  }

  /** `name` is `owner/name`; an owner not known yet is added, and is admin of it. */
  addRepo({
    name,
    defaultBranch = "main",
    private: isPrivate = false,
    organization = false,
    id,
    permissions = {},
  }: NewRepo): Repo {
    const [owner = "", short = ""] = name.split("/");
    if (owner === "" || short === "") throw new Error(`a repository is named owner/name, not ${name}`);
    if (findRepo(this.world, name) !== undefined) throw new Error(`there is a repository ${name} already`);
    this.account(owner, organization ? "Organization" : "User");
    const at = timestamp(this.world);
    const repo: Repo = {
      id: id ?? newId(this.world),
      owner,
      name: short,
      git: name,
      private: isPrivate,
      archived: false,
      issuesEnabled: true,
      defaultBranch,
      createdAt: at,
      pushedAt: at,
      nextNumber: 1,
      permissions: {},
      labels: [],
      issues: [],
      suites: [],
      checkRuns: [],
      statuses: [],
      workflowRuns: [],
      jobs: [],
      deployments: [],
      rulesets: {},
      protections: {},
      branchRules: {},
      merging: { methods: ["merge", "squash", "rebase"], auto: true, deleteBranch: false },
    };
    delete this.world.state.movedNames[name.toLowerCase()];
    this.world.state.repos.push(repo);
    for (const [login, role] of Object.entries(permissions)) this.setPermission(name, login, role);
    return repo;
  }

  setPermission(repo: string, login: string, role: Role): void {
    if (findAccount(this.world, login) === undefined) this.addUser(login);
    needRepo(this.world, repo).permissions[login.toLowerCase()] = role;
  }

  /** Lets an app, by its slug, read and write in a repository. */
  installApp(repo: string, slug: string): void {
    this.setPermission(repo, this.addBot(slug).login, "write");
  }

  /** A repository may have no issues at all; then every one of them is answered 410. */
  switchIssues(repo: string, enabled: boolean): void {
    needRepo(this.world, repo).issuesEnabled = enabled;
  }

  /** Tells what it was called before; requests for the old name are redirected from now on. */
  renameRepo({ repo: name, to, by }: { repo: string; to: string; by: string }): void {
    const repo = needRepo(this.world, name);
    const from = repo.name;
    this.world.state.movedNames[fullName(repo).toLowerCase()] = repo.id;
    repo.name = to;
    delete this.world.state.movedNames[fullName(repo).toLowerCase()];
    this.world.emit("repository", repo, needAccount(this.world, by), {
      action: "renamed",
      changes: { repository: { name: { from } } },
    });
  }

  archiveRepo(on: { repo: string; by: string }): void {
    this.setArchived(on, true);
  }

  unarchiveRepo(on: { repo: string; by: string }): void {
    this.setArchived(on, false);
  }

  private setArchived({ repo: name, by }: { repo: string; by: string }, archived: boolean): void {
    const repo = needRepo(this.world, name);
    repo.archived = archived;
    this.world.emit("repository", repo, needAccount(this.world, by), {
      action: archived ? "archived" : "unarchived",
      repository: repoView(this.world, repo),
    });
  }

  /**
   * Labels given here came with a template, so even a reader causes them: `opened`, then one `labeled` each, all by the
   * author.
   */
  createIssue({ repo: name, title, body = null, by, labels = [] }: NewIssue): Issue {
    const repo = needRepo(this.world, name);
    const author = needAccount(this.world, by);
    if (roleOf(repo, author) === "none") throw new Error(`${by} may not read ${name}`);
    const issue = acts.openIssue(this.world, repo, author, { title, body });
    const place = { repo, issue };
    // The opened payload shows the labels already; their own events follow.
    for (const label of labels) issue.labels.push(acts.defineLabel(this.world, repo, label).id);
    acts.emitIssue(this.world, place, author, "opened", {});
    issue.labels = [];
    for (const label of labels) acts.addLabel(this.world, place, author, label);
    return issue;
  }

  label({ label, ...on }: On & { label: string }): void {
    const { place, by } = this.triaged(on);
    acts.addLabel(this.world, place, by, label);
  }

  unlabel({ label, ...on }: On & { label: string }): void {
    const { place, by } = this.triaged(on);
    acts.removeLabel(this.world, place, by, label);
  }

  edit({ title, body, ...on }: On & { title?: string; body?: string | null }): void {
    const { place, by } = this.asAuthor(on);
    acts.editIssue(this.world, place, by, {
      ...(title === undefined ? {} : { title }),
      ...(body === undefined ? {} : { body }),
    });
  }

  close({ reason = "completed", ...on }: On & { reason?: StateReason }): void {
    const { place, by } = this.asAuthor(on);
    acts.closeIssue(this.world, place, by, { reason });
  }

  reopen(on: On): void {
    const { place, by } = this.asAuthor(on);
    acts.reopenIssue(this.world, place, by);
  }

  comment({ body, ...on }: On & { body: string }): Comment {
    return addComment(this.world, needIssue(this.world, on.repo, on.number), needAccount(this.world, on.by), body);
  }

  deleteIssue(on: On): void {
    acts.deleteIssue(this.world, needIssue(this.world, on.repo, on.number), needAccount(this.world, on.by));
  }

  async writeFiles({ repo: name, by, files, message = "Change files" }: WrittenFiles): Promise<string> {
    const repo = needRepo(this.world, name);
    const account = needAccount(this.world, by);
    if (!mayPush(repo, account)) throw new Error(`${by} may not push to ${name}`);
    const base = await this.world.git.head(repo.git, repo.defaultBranch);
    if (base === undefined) throw new Error(`${name} has no commit yet`);
    const author = { name: by, email: `${by}@example.com`, date: isoSeconds(this.world.now()) };
    const sha = await this.world.git.write(repo.git, { base, files, message, author });
    const move = { branch: repo.defaultBranch, before: base, after: sha };
    const isMoved = await moveBranch(this.world, repo, account, move, () => told(this.world, repo, account, move));
    if (!isMoved) throw new Error(`${repo.defaultBranch} of ${name} is elsewhere by now`);
    await settle(this.world, repo);
    return sha;
  }

  deleteComment({ comment, ...on }: On & { comment: number }): void {
    const place = needIssue(this.world, on.repo, on.number);
    const found = place.issue.comments.find((each) => each.id === comment);
    if (found === undefined) throw new Error(`no comment ${comment} on ${on.repo}#${on.number}`);
    deleteComment(this.world, place, needAccount(this.world, on.by), found);
  }

  transferIssue({ to, ...on }: On & { to: string }): Issue {
    return acts.transferIssue(
      this.world,
      needIssue(this.world, on.repo, on.number),
      needRepo(this.world, to),
      needAccount(this.world, on.by),
    );
  }

  addBlockedBy({ blocker, ...on }: On & { blocker: BlockerName }): void {
    const { place, by } = this.triaged(on);
    addBlocker(this.world, place, by, this.blockerId(on.repo, blocker));
  }

  removeBlockedBy({ blocker, ...on }: On & { blocker: BlockerName }): void {
    const { place, by } = this.triaged(on);
    removeBlocker(this.world, place, by, this.blockerId(on.repo, blocker));
  }

  private blockerId(repo: string, blocker: BlockerName): number {
    return needIssue(this.world, blocker.repo ?? repo, blocker.number).issue.id;
  }

  private triaged(on: On) {
    const place = needIssue(this.world, on.repo, on.number);
    const by = needAccount(this.world, on.by);
    if (by.type === "User" && !mayTriage(place.repo, by))
      throw new Error(`${on.by} may not do that in ${on.repo}; give triage or more first`);
    return { place, by };
  }

  private asAuthor(on: On) {
    const place = needIssue(this.world, on.repo, on.number);
    return place.issue.by === needAccount(this.world, on.by).id
      ? { place, by: needAccount(this.world, on.by) }
      : this.triaged(on);
  }

  private account(login: string, type: Account["type"], id?: number): Account {
    const known = findAccount(this.world, login);
    if (known !== undefined) return known;
    const account: Account = { id: id ?? newId(this.world), login, type, createdAt: timestamp(this.world) };
    this.world.state.accounts.push(account);
    return account;
  }
}
