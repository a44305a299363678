/**
 * What people do on the website: each act under a login, with Forgejo's timeline and webhooks. Wrong use throws; it is the
 * test's mistake. What the website itself refuses (closing what an open issue blocks) does nothing.
 */
import { moveBranch } from "../forge/own-move.ts";
import type {
  Role as AskedRole,
  BlockerName,
  ForgePeople,
  NewIssue,
  NewRepo,
  On,
  WrittenFiles,
} from "../forge/stand-in.ts";
import { isoSeconds } from "../forge/time.ts";
import { addComment, deleteComment } from "./comment-acts.ts";
import { addDependency, removeDependency } from "./dependency-acts.ts";
import * as acts from "./issue-acts.ts";
import * as labels from "./label-acts.ts";
import { setMerged, tellMerged } from "./merge-acts.ts";
import { openPull } from "./pull-acts.ts";
import { pullOf } from "./pull-rules.ts";
import { applyPush } from "./pushes.ts";
import { type Account, type Entry, type Issue, type LabelDefinition, type Repo, type Role, STYLES } from "./state.ts";
import {
  findAccount,
  findRepo,
  fullName,
  mayPush,
  mayWriteIssues,
  needAccount,
  needIssue,
  needRepo,
  newId,
  type Place,
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
    return this.account(login, { id });
  }

  /** An account like any other: Forgejo knows no bots. */
  addBot(slug: string, id?: number): Account {
    return this.account(slug, { id });
  }

  /** `name` is `owner/name`; an owner not known yet is added, and owns it. */
  addRepo({
    name,
    defaultBranch = "main",
    private: isPrivate = false,
    organization,
    id,
    permissions = {},
  }: NewRepo): Repo {
    const [owner = "", short = ""] = name.split("/");
    if (owner === "" || short === "") throw new Error(`a repository is named owner/name, not ${name}`);
    if (findRepo(this.world, name) !== undefined) throw new Error(`there is a repository ${name} already`);
    this.account(owner, { organization });
    const at = timestamp(this.world);
    const repo: Repo = {
      id: id ?? newId(this.world, "repo"),
      owner,
      name: short,
      git: name,
      private: isPrivate,
      archived: false,
      issuesEnabled: true,
      dependenciesEnabled: true,
      defaultBranch,
      createdAt: at,
      updatedAt: at,
      nextNumber: 1,
      permissions: {},
      labels: [],
      issues: [],
      statuses: [],
      runs: [],
      hooks: [],
      protections: [],
      styles: [...STYLES],
    };
    delete this.world.state.movedNames[name.toLowerCase()];
    this.world.state.repos.push(repo);
    for (const [login, role] of Object.entries(permissions)) this.setPermission(name, login, role);
    return repo;
  }

  /** There is no `maintain`: it is write. */
  setPermission(repo: string, login: string, role: AskedRole): void {
    if (findAccount(this.world, login) === undefined) this.addUser(login);
    const given: Role = role === "maintain" ? "write" : role;
    needRepo(this.world, repo).permissions[login.toLowerCase()] = given;
  }

  switchDependencies(repo: string, enabled: boolean): void {
    needRepo(this.world, repo).dependenciesEnabled = enabled;
  }

  /** Requests for the old name are redirected from now on; no hook tells of it. */
  renameRepo({ repo: name, to }: { repo: string; to: string; by: string }): void {
    const repo = needRepo(this.world, name);
    this.world.state.movedNames[fullName(repo).toLowerCase()] = repo.id;
    repo.name = to;
    delete this.world.state.movedNames[fullName(repo).toLowerCase()];
  }

  archiveRepo({ repo }: { repo: string; by: string }): void {
    needRepo(this.world, repo).archived = true;
  }

  unarchiveRepo({ repo }: { repo: string; by: string }): void {
    needRepo(this.world, repo).archived = false;
  }

  /** Another one where there is one of that name already. */
  defineLabel(repo: string, label: labels.NewLabel): LabelDefinition {
    return labels.defineLabel(this.world, needRepo(this.world, repo), label);
  }

  createIssue({ repo: name, title, body, by, labels: names = [] }: NewIssue): Issue {
    const repo = needRepo(this.world, name);
    const author = needAccount(this.world, by);
    if (roleOf(repo, author) === "none") throw new Error(`${by} may not read ${name}`);
    const given = names.map((label) => this.labelOf(repo, label));
    return acts.openIssue(this.world, repo, author, { title, body: body ?? "", labels: given });
  }

  /** On the website one clicks a label that is there; one nobody defined is defined first. */
  label({ label, ...on }: On & { label: string }): void {
    const { place, by } = this.writing(on);
    labels.addLabels(this.world, place, by, [this.labelOf(place.repo, label)]);
  }

  unlabel({ label, ...on }: On & { label: string }): void {
    const { place, by } = this.writing(on);
    const named = place.repo.labels.find((each) => each.name === label && place.issue.labels.includes(each.id));
    if (named !== undefined) labels.removeLabel(this.world, place, by, named);
  }

  clearLabels(on: On): void {
    const { place, by } = this.writing(on);
    labels.clearLabels(this.world, place, by);
  }

  edit({ title, body, ...on }: On & { title?: string; body?: string | null }): void {
    const { place, by } = this.asAuthor(on);
    acts.editIssue(this.world, place, by, {
      ...(title === undefined ? {} : { title }),
      ...(body === undefined ? {} : { body: body ?? "" }),
    });
  }

  close(on: On): void {
    const { place, by } = this.asAuthor(on);
    acts.closeIssue(this.world, place, by);
  }

  reopen(on: On): void {
    const { place, by } = this.asAuthor(on);
    acts.reopenIssue(this.world, place, by);
  }

  comment({ body, ...on }: On & { body: string }): Entry {
    return addComment(this.world, needIssue(this.world, on.repo, on.number), needAccount(this.world, on.by), body);
  }

  deleteIssue(on: On): void {
    acts.deleteIssue(needIssue(this.world, on.repo, on.number));
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
    const isMoved = await moveBranch(this.world, repo, account, move, () => applyPush(this.world, repo, account, move));
    if (!isMoved) throw new Error(`${repo.defaultBranch} of ${name} is elsewhere by now`);
    return sha;
  }

  deleteComment({ comment, ...on }: On & { comment: number }): void {
    const place = needIssue(this.world, on.repo, on.number);
    const entry = place.issue.timeline.find((each) => each.type === "comment" && each.id === comment);
    if (entry === undefined) throw new Error(`no comment ${comment} on ${on.repo}#${on.number}`);
    deleteComment(this.world, place, needAccount(this.world, on.by), entry);
  }

  addBlockedBy({ blocker, ...on }: On & { blocker: BlockerName }): void {
    const { place, by } = this.writing(on);
    addDependency(this.world, place, by, needIssue(this.world, blocker.repo ?? on.repo, blocker.number).issue);
  }

  removeBlockedBy({ blocker, ...on }: On & { blocker: BlockerName }): void {
    const { place, by } = this.writing(on);
    removeDependency(this.world, place, by, needIssue(this.world, blocker.repo ?? on.repo, blocker.number).issue);
  }

  async openPull(pull: {
    repo: string;
    by: string;
    title: string;
    body?: string;
    head: string;
    base?: string;
  }): Promise<Issue> {
    const repo = needRepo(this.world, pull.repo);
    const { title, body = "", head, base = repo.defaultBranch } = pull;
    const opened = await openPull(this.world, repo, needAccount(this.world, pull.by), { title, body, head, base });
    if (opened === undefined) throw new Error(`${head} has nothing that ${base} has not in ${pull.repo}`);
    return opened;
  }

  /** Marked as merged by hand, after its merge commit was pushed to the base. */
  mergePull({ sha, ...on }: On & { sha: string }): void {
    const { place, by } = this.writing(on);
    const pull = pullOf(place);
    if (pull === undefined || pull.pull.mergedAt !== null) return;
    setMerged(this.world, pull, by, sha);
    tellMerged(this.world, pull, by);
  }

  private labelOf(repo: Repo, name: string): LabelDefinition {
    return labels.labelNamed(repo, name) ?? labels.defineLabel(this.world, repo, { name });
  }

  private writing(on: On): { place: Place; by: Account } {
    const place = needIssue(this.world, on.repo, on.number);
    const by = needAccount(this.world, on.by);
    if (!mayWriteIssues(place.repo, by)) throw new Error(`${on.by} may not do that in ${on.repo}; give write first`);
    return { place, by };
  }

  private asAuthor(on: On): { place: Place; by: Account } {
    const place = needIssue(this.world, on.repo, on.number);
    const by = needAccount(this.world, on.by);
    return place.issue.by === by.id ? { place, by } : this.writing(on);
  }

  private account(
    login: string,
    { id, organization = false }: { id?: number | undefined; organization?: boolean | undefined },
  ): Account {
    const known = findAccount(this.world, login);
    if (known !== undefined) return known;
    const createdAt = timestamp(this.world);
    const account: Account = { id: id ?? newId(this.world, "account"), login, createdAt, organization };
    this.world.state.accounts.push(account);
    return account;
  }
}
