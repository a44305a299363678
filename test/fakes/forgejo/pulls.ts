/** What people do to pull requests on the website, and what they see of them. What it refuses throws, saying why. */
import type { BranchRules, ForgePulls, MergeMethod, NewPull, NewReview, SeenPull } from "../forge/pulls.ts";
import type { On } from "../forge/stand-in.ts";
import { closeIssue, editIssue, emitIssue, reopenIssue } from "./issue-acts.ts";
import { defaultMessage, mergeNow } from "./merge-acts.ts";
import { openPull, openPullOf } from "./pull-acts.ts";
import { mergeRefusal, type PullPlace, pullIn, pullsOf } from "./pull-rules.ts";
import { reviewProblem, submitReview } from "./review-acts.ts";
import { type Account, type MergeStyle, type ReviewState, STYLES } from "./state.ts";
import { isDraft } from "./views-issue.ts";
import { accountById, mayPush, needAccount, needRepo, roleOf, timestamp, type World } from "./world.ts";

const DRAFT = "WIP: ";
const STYLES_OF: Record<MergeMethod, MergeStyle[]> = {
  merge: ["merge"],
  squash: ["squash"],
  rebase: ["rebase", "rebase-merge"],
};
const STATE_OF: Record<NewReview["verdict"], ReviewState> = {
  approve: "APPROVED",
  request_changes: "REQUEST_CHANGES",
  comment: "COMMENT",
};
/** What git hears when a protected branch refuses a push. */
export const PUSH_REFUSAL = (ref: string): string[] => [
  `Forgejo: Not allowed to push to protected branch ${ref}`,
  `error: hook declined to update ${ref}`,
];

export class Pulls implements ForgePulls {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  setRules(name: string, branch: string, rules: BranchRules): void {
    if (rules.queue) throw new Error("Forgejo has no merge queue");
    const repo = needRepo(this.world, name);
    const createdAt = timestamp(this.world);
    const { pullRequest = false, approvals = 0, dismissStale = false, checks = [], upToDate = false } = rules;
    repo.protections = repo.protections.filter((rule) => rule.branch !== branch);
    if (Object.keys(rules).length > 0)
      repo.protections.push({
        ...{ branch, push: !pullRequest, contexts: checks, approvals, dismissStale, upToDate, createdAt },
      });
    const closed = repo.protections.filter((rule) => !rule.push).map((rule) => rule.branch);
    this.world.git.protect?.(repo.git, closed, PUSH_REFUSAL);
  }

  /** No setting of Forgejo's keeps it from merging by itself. */
  setMerging(name: string, { methods }: { methods?: MergeMethod[]; auto?: boolean }): void {
    needRepo(this.world, name).styles = methods?.flatMap((method) => STYLES_OF[method]) ?? [...STYLES];
  }

  async open({ repo: name, branch, base, by, title, body = "", draft = false }: NewPull): Promise<{ number: number }> {
    const repo = needRepo(this.world, name);
    const author = this.reader(name, by);
    if (openPullOf(repo, branch, base) !== undefined) throw new Error(`there is one from ${branch} to ${base} already`);
    const [head, ground] = [await this.world.git.head(repo.git, branch), await this.world.git.head(repo.git, base)];
    const ahead = head && ground ? ((await this.world.git.compare(repo.git, ground, head))?.ahead ?? []) : [];
    if (ahead.length === 0) throw new Error(`${branch} has nothing that ${base} has not in ${name}`);
    const wanted = { title: draft ? DRAFT + title : title, body, head: branch, base };
    const issue = await openPull(this.world, repo, author, wanted);
    if (issue === undefined) throw new Error(`no pull request from ${branch} to ${base} in ${name}`);
    return { number: issue.number };
  }

  async review({ verdict, body = "", comments = [], ...on }: NewReview): Promise<{ id: number }> {
    const place = this.need(on);
    const by = this.reader(on.repo, on.by);
    const wanted = { state: STATE_OF[verdict], body, comments };
    const problem = reviewProblem(place, by, wanted);
    if (problem !== undefined) throw new Error(problem);
    const { id } = await submitReview(this.world, place, by, wanted);
    await this.settle(on.repo);
    return { id };
  }

  /** By its title: that is all a draft is. */
  setDraft({ draft, ...on }: On & { draft: boolean }): void {
    const { place, by } = this.asAuthor(on);
    const { issue } = place;
    if (isDraft(issue) === draft) return;
    const title = draft ? DRAFT + issue.title : issue.title.replace(/^(?:WIP:|\[WIP\])\s*/i, "");
    editIssue(this.world, place, by, { title });
    void this.world.settle(place.repo);
  }

  async retarget({ base, ...on }: On & { base: string }): Promise<void> {
    const { repo, issue, pull } = this.asAuthor(on).place;
    const sha = await this.world.git.head(repo.git, base);
    if (sha === undefined) throw new Error(`no branch ${base}`);
    if (openPullOf(repo, pull.head, base) !== undefined) throw new Error("another one is open for these branches");
    const from = pull.base;
    Object.assign(pull, { base, baseSha: sha });
    emitIssue(this.world, { repo, issue }, needAccount(this.world, on.by), "edited", {
      changes: { ref: { from } },
    });
    await this.world.settle(repo);
  }

  close(on: On): void {
    const { place, by } = this.asAuthor(on);
    closeIssue(this.world, place, by);
  }

  reopen(on: On): void {
    const { place, by } = this.asAuthor(on);
    const { repo, pull } = place;
    if (pull.mergedAt !== null || pull.headGone) throw new Error(`#${on.number} cannot be opened again`);
    if (openPullOf(repo, pull.head, pull.base) !== undefined) throw new Error("another one is open for these branches");
    reopenIssue(this.world, place, by);
  }

  async merge({ method, ...on }: On & { method?: MergeMethod }): Promise<string> {
    const place = this.need(on);
    const by = needAccount(this.world, on.by);
    const style = method === undefined ? place.repo.styles[0] : STYLES_OF[method][0];
    if (style === undefined || !place.repo.styles.includes(style))
      throw new Error(`${on.repo} does not allow ${method}`);
    const refusal = mergeRefusal(place, by);
    if (refusal !== undefined) throw new Error(`#${on.number} is not merged: ${JSON.stringify(refusal.body)}`);
    const message = defaultMessage(this.world, place, style);
    const sha = await mergeNow(this.world, place, by, { style, message });
    if (sha === undefined) throw new Error(`#${on.number} is not merged: its base has moved`);
    await this.settle(on.repo);
    return sha;
  }

  async settle(repo: string): Promise<void> {
    await this.world.settle(needRepo(this.world, repo));
  }

  all(repo: string): SeenPull[] {
    return pullsOf(needRepo(this.world, repo)).map((place) => this.seen(place));
  }

  /** Forgejo has none. */
  queuedCommit(): null {
    return null;
  }

  private seen({ issue, pull }: PullPlace): SeenPull {
    const login = (id: number): string => accountById(this.world, id).login;
    return {
      number: issue.number,
      branch: pull.head,
      base: pull.base,
      title: issue.title,
      body: issue.body,
      by: login(issue.by),
      state: pull.mergedAt !== null ? "merged" : issue.state,
      draft: isDraft(issue),
      head: pull.headSha,
      mergedBy: pull.mergedBy === null ? null : login(pull.mergedBy),
      mergeCommit: pull.mergeSha,
      scheduled: pull.scheduled !== null,
    };
  }

  private need({ repo, number }: Omit<On, "by">): PullPlace {
    const place = pullIn(needRepo(this.world, repo), number);
    if (place === undefined) throw new Error(`fake Forgejo has no pull request ${repo}#${number}`);
    return place;
  }

  private reader(repo: string, login: string): Account {
    const account = needAccount(this.world, login);
    if (roleOf(needRepo(this.world, repo), account) === "none") throw new Error(`${login} may not read ${repo}`);
    return account;
  }

  private asAuthor(on: On): { place: PullPlace; by: Account } {
    const place = this.need(on);
    const by = needAccount(this.world, on.by);
    if (place.issue.by !== by.id && !mayPush(place.repo, by)) throw new Error(`${on.by} may not do that in ${on.repo}`);
    return { place, by };
  }
}
