/** One thing somebody does to an issue that is there, to the trunk, or to what somebody else may do. */
import { NO_COMMIT } from "../fakes/git/git-host.ts";
import type { Ci } from "./ci.ts";
import { pushCommit, pushTrunk } from "./commits.ts";
import { count } from "./coverage.ts";
import type { Random } from "./random.ts";
import { FOR_HUMAN, IN_PROGRESS, READY, type World } from "./world.ts";

export const MEDDLING = [
  ["unlabels", 2],
  ["closes", 2],
  ["reopens", 1.5],
  ["relabels", 3],
  ["edits", 1.5],
  ["renames", 1],
  ["comments", 1],
  ["pushes-good", 2],
  ["pushes-bad", 1.5],
  ["takes-human-label", 0.5],
  ["stamps-elsewhere", 0.7],
  ["blocks", 1],
  ["deletes", 0.7],
  ["transfers", 0.5],
  ["demotes-dev", 0.6],
  ["labels-as-stranger", 0.5],
  ["deletes-our-comment", 0.5],
] as const;

type Deed = (typeof MEDDLING)[number][0];

/** What leaves the issue itself as it was. */
const ELSEWHERE: Deed[] = ["pushes-good", "pushes-bad", "comments", "demotes-dev"];

export class Meddlers {
  private readonly world: World;
  private readonly ci: Ci;
  private readonly random: Random;
  private readonly touch: (repo: string, number: number) => void;

  constructor(world: World, ci: Ci, random: Random, touch: (repo: string, number: number) => void) {
    this.world = world;
    this.ci = ci;
    this.random = random;
    this.touch = touch;
  }

  async meddle(): Promise<void> {
    const { world, random } = this;
    const repo = random.pick(world.repoNames);
    const there = world.forge.issues(repo);
    if (there.length === 0) return;
    const { number } = random.pick(there);
    const deed = random.weighted(MEDDLING);
    count("fault", `people-${deed}`);
    world.tell(`somebody: ${deed} ${repo}#${number}`);
    if (!ELSEWHERE.includes(deed)) this.touch(repo, number);
    await this.do(deed, repo, number);
  }

  do(deed: Deed, repo: string, number: number): unknown {
    const { people } = this.world.forge;
    const on = { repo, number, by: "dev" };
    switch (deed) {
      case "unlabels":
        return people.unlabel({ ...on, label: READY });
      case "closes":
        return people.close(on);
      case "reopens":
        return people.reopen({ ...on, by: "lead" });
      case "relabels":
        people.unlabel({ ...on, by: "lead", label: READY });
        return people.label({ ...on, by: "lead", label: READY });
      case "edits":
        return people.edit({ ...on, body: `Changed ${this.random.int(1, 99)}` });
      case "renames":
        return people.edit({ ...on, title: `Title ${this.random.int(1, 99)}` });
      case "comments":
        return people.comment({ ...on, body: "Any news?" });
      case "pushes-good":
      case "pushes-bad":
        return this.pushTrunk(repo, deed === "pushes-good");
      case "takes-human-label":
        return people.unlabel({ ...on, label: FOR_HUMAN });
      case "stamps-elsewhere":
        return people.label({ ...on, by: "other-loop", label: IN_PROGRESS });
      case "blocks":
        return this.block(repo, number);
      case "deletes":
        return people.deleteIssue({ ...on, by: "lead" });
      case "transfers":
        return this.transfer(repo, number);
      case "demotes-dev":
        return this.demote(repo);
      case "labels-as-stranger":
        people.unlabel({ ...on, label: READY });
        return people.label({ ...on, by: "helper", label: READY });
      case "deletes-our-comment":
        return this.deleteOurs(repo, number);
      default:
        return deed satisfies never;
    }
  }

  private block(repo: string, number: number): void {
    const { people } = this.world.forge;
    const blocker = people.createIssue({ repo, title: "First this", by: "dev" }).number;
    people.addBlockedBy({ repo, number, by: "dev", blocker: { number: blocker } });
    this.world.after(this.random.int(1, 20) * 60_000, `dev closes the blocker ${repo}#${blocker}`, () => {
      if (this.world.issue(repo, blocker)) people.close({ repo, number: blocker, by: "dev" });
    });
  }

  private transfer(repo: string, number: number): void {
    const to = this.world.repoNames.find((name) => name !== repo);
    const on = { repo, number, by: "lead" };
    const there = to === undefined ? null : this.world.forge.moveIssue({ ...on, to });
    // Where it cannot be moved, it is written anew elsewhere and this one goes.
    if (to === undefined || there === null) this.world.forge.people.deleteIssue(on);
    else this.world.issueBook.moved.set(`${repo}#${number}`, { repo: to, number: there.number });
  }

  private demote(repo: string): void {
    const { people } = this.world.forge;
    people.setPermission(repo, "dev", "triage");
    this.world.after(this.random.int(1, 10) * 60_000, `dev may write in ${repo} again`, () => {
      people.setPermission(repo, "dev", "write");
      this.world.pullBook.mayWriteAgain("dev");
    });
  }

  private deleteOurs(repo: string, number: number): void {
    const issue = this.world.issue(repo, number);
    const ours = issue?.comments.find((one) => one.body.startsWith("<!-- afk:"));
    if (!ours) return;
    this.world.forge.people.deleteComment({ repo, number, by: "lead", comment: ours.id });
    this.world.issueBook.commentsTaken.add(`${repo}#${number}`);
  }

  async pushTrunk(repo: string, good: boolean): Promise<void> {
    this.world.tell(`dev pushes ${good ? "good" : "bad"} code to ${repo}`);
    await pushTrunk(this.world, this.ci, { repo, message: "By hand", good, by: "dev" });
  }

  /** What began before the trunk turned red and passed its tests: with what is red it fails. */
  async mergeIntoTrunk(repo: string): Promise<void> {
    const { world, ci } = this;
    world.tell(`dev merges what was good by itself into ${repo}`);
    const base = world.commitBook.trunk(repo)[0] ?? NO_COMMIT;
    const branch = "dev/beside";
    const side = world.git.add(repo, branch, { message: "Beside it", files: ["src/other.ts"], parents: [base] });
    await world.forge.pushed(repo, branch, NO_COMMIT, side, "dev");
    await ci.pushed({ repo, branch, sha: side, by: "dev", good: true });
    const merge = { repo, branch: "main", message: "Merge what is beside it", good: false, by: "dev", merges: side };
    world.after(30_000, "", () => pushCommit(world, ci, merge));
  }

  /** By force. */
  async startOver(repo: string): Promise<void> {
    const { git, commitBook, forge } = this.world;
    this.world.tell(`dev takes off the trunk of ${repo} what came to it`);
    const [base = NO_COMMIT] = commitBook.trunk(repo);
    const before = (await git.head(repo, "main")) ?? NO_COMMIT;
    git.setBranch(repo, "main", base);
    const sha = git.add(repo, "main", { message: "Another way", files: ["src/code.ts"], parents: [base] });
    await forge.pushed(repo, "main", before, sha, "dev");
    await this.ci.pushed({ repo, branch: "main", sha, by: "dev", good: true });
  }
}
