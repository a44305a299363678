/**
 * What people do to pull requests on the website, and what they see there. Wrong use throws; so does what GitHub would
 * refuse, in its words.
 */
import type { BranchRules, ForgePulls, MergeMethod, NewPull, NewReview, SeenPull } from "../forge/pulls.ts";
import type { On } from "../forge/stand-in.ts";
import { closeIssue, reopenIssue } from "./issue-acts.ts";
import * as acts from "./pull-acts.ts";
import { mergePull } from "./pull-merges.ts";
import { pushRefusal } from "./pull-rules.ts";
import { dequeue, enqueue, settle } from "./pull-settling.ts";
import { dismissReview, reply, submitReview } from "./review-acts.ts";
import type { Account, Review } from "./state.ts";
import { accountById, mayPush, mayRead, needAccount, needRepo, type World } from "./world.ts";

const STATES = { approve: "APPROVED", request_changes: "CHANGES_REQUESTED", comment: "COMMENTED" } as const;

export class Pulls implements ForgePulls {
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  setRules(name: string, branch: string, rules: BranchRules): void {
    const repo = needRepo(this.world, name);
    repo.branchRules[branch] = rules;
    const refusing = Object.keys(repo.branchRules).filter((each) => pushRefusal(repo, each) !== null);
    // One hook speaks for all branches that refuse; the words are of the last that was ruled.
    // A shell reads them.
    const words = (pushRefusal(repo, branch) ?? []).map((line) => line.replaceAll('"', '\\"'));
    this.world.git.protect?.(repo.git, refusing, (ref) =>
      words.map((line) => line.replace(`refs/heads/${branch}`, ref)),
    );
  }

  /** Classic protection that demands nothing; required checks are set with the rest of CI. */
  protectClassically(repo: string, branch: string): void {
    needRepo(this.world, repo).protections[branch] ??= [];
  }

  setMerging(repo: string, allowed: { methods?: MergeMethod[]; auto?: boolean; deleteBranch?: boolean }): void {
    Object.assign(needRepo(this.world, repo).merging, allowed);
  }

  async open({ repo: name, branch, base, by, title, body, draft = false }: NewPull): Promise<{ number: number }> {
    const { repo, account } = this.writer(name, by);
    const wanted = { title, body: body ?? null, head: branch, base, draft };
    const opened = await acts.openPull(this.world, repo, account, wanted);
    if ("field" in opened) throw new Error(opened.field === null ? opened.message : `no branch ${opened.field}`);
    return { number: opened.issue.number };
  }

  /** From a branch of that name in a fork, which here is the branch of that name at this moment. */
  async openFromFork({ repo: name, branch, base, by, title }: NewPull): Promise<{ number: number }> {
    const wanted = { title, body: null, head: branch, base, draft: false, cross: true } as const;
    const opened = await acts.openPull(this.world, needRepo(this.world, name), needAccount(this.world, by), wanted);
    if ("field" in opened) throw new Error(opened.field === null ? opened.message : `no branch ${opened.field}`);
    return { number: opened.issue.number };
  }

  async review({ verdict, body = "", comments = [], ...on }: NewReview): Promise<{ id: number }> {
    const { place, by } = this.reader(on);
    if (place.issue.state === "closed" && verdict !== "comment") throw new Error("a closed pull request is not judged");
    if (verdict !== "comment" && place.issue.by === by.id)
      throw new Error(`Can not ${verdict.replace("_", " ")} your own pull request`);
    if (verdict !== "approve" && body === "" && comments.length === 0) throw new Error("a review says something");
    const review = submitReview(this.world, place, by, { state: STATES[verdict], body, comments });
    await settle(this.world, place.repo);
    return { id: review.id };
  }

  /** Answers one comment of a review; its id. */
  reply({ comment, body, ...on }: On & { comment: number; body: string }): { id: number } {
    const { place, by } = this.reader(on);
    const to = place.pull.reviewComments.find((each) => each.id === comment);
    if (to === undefined) throw new Error(`no review comment ${comment}`);
    return { id: reply(this.world, place, by, { to, body }).id };
  }

  dismiss({ review: id, ...on }: On & { review: number }): void {
    const { place, by } = this.writerOn(on);
    const review = place.pull.reviews.find((each): each is Review => each.id === id && each.state !== "COMMENTED");
    if (review === undefined) throw new Error(`no review ${id} that says yes or no`);
    dismissReview(this.world, place, by, review);
  }

  async setDraft({ draft, ...on }: On & { draft: boolean }): Promise<void> {
    const { place, by } = this.author(on);
    acts.setDraft(this.world, place, by, draft);
    await settle(this.world, place.repo);
  }

  async retarget({ base, ...on }: On & { base: string }): Promise<void> {
    const { place, by } = this.author(on);
    const sha = await this.world.git.head(place.repo.git, base);
    if (sha === undefined) throw new Error(`no branch ${base}`);
    acts.setBase(this.world, place, by, { base, sha });
    await settle(this.world, place.repo);
  }

  close(on: On): void {
    const { place, by } = this.author(on);
    closeIssue(this.world, place, by, { reason: "completed" });
  }

  reopen(on: On): void {
    const { place, by } = this.author(on);
    if (place.pull.merged !== null) throw new Error("a merged pull request cannot be reopened");
    reopenIssue(this.world, place, by);
  }

  async merge({ method, ...on }: On & { method?: MergeMethod }): Promise<string> {
    const { place, by } = this.writerOn(on);
    const merge = await mergePull(this.world, place, {
      by,
      method: method ?? place.repo.merging.methods[0] ?? "merge",
    });
    if (merge.type === "refused") throw new Error(merge.message);
    await settle(this.world, place.repo);
    return merge.sha;
  }

  /** Adds it to the merge queue of its base. */
  async enqueue(on: On): Promise<void> {
    const { place, by } = this.writerOn(on);
    if (place.repo.branchRules[place.pull.base]?.queue !== true)
      throw new Error(`${place.pull.base} has no merge queue`);
    enqueue(this.world, place, by);
    await settle(this.world, place.repo);
  }

  async dequeue(on: On): Promise<void> {
    const { place, by } = this.writerOn(on);
    await dequeue(this.world, place, by, "MANUAL");
  }

  settle(repo: string): Promise<void> {
    return settle(this.world, needRepo(this.world, repo));
  }

  all(name: string): SeenPull[] {
    const login = (id: number): string => accountById(this.world, id).login;
    return acts.pullsOf(needRepo(this.world, name)).map(({ issue, pull }) => ({
      number: issue.number,
      branch: pull.head,
      base: pull.base,
      title: issue.title,
      body: issue.body ?? "",
      by: login(issue.by),
      state: pull.merged === null ? issue.state : "merged",
      draft: pull.draft,
      head: pull.headSha,
      mergedBy: pull.merged === null ? null : login(pull.merged.by),
      mergeCommit: pull.merged?.sha ?? null,
      scheduled: pull.autoMerge !== null || pull.queue !== null,
    }));
  }

  queuedCommit(repo: string, number: number): string | null {
    return acts.needPull(needRepo(this.world, repo), number).pull.queue?.group?.sha ?? null;
  }

  private writer(name: string, login: string) {
    const repo = needRepo(this.world, name);
    const account = needAccount(this.world, login);
    if (!mayPush(repo, account)) throw new Error(`${login} may not write in ${name}`);
    return { repo, account };
  }

  private writerOn(on: On): { place: acts.PullPlace; by: Account } {
    const { repo, account } = this.writer(on.repo, on.by);
    return { place: acts.needPull(repo, on.number), by: account };
  }

  private reader(on: On): { place: acts.PullPlace; by: Account } {
    const repo = needRepo(this.world, on.repo);
    const by = needAccount(this.world, on.by);
    if (!mayRead(repo, by)) throw new Error(`${on.by} may not read ${on.repo}`);
    return { place: acts.needPull(repo, on.number), by };
  }

  private author(on: On): { place: acts.PullPlace; by: Account } {
    const found = this.reader(on);
    return found.place.issue.by === found.by.id ? found : this.writerOn(on);
  }
}
