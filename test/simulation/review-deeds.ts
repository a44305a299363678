/** What people and bots do to an open pull request of an agent's. */
import type { SeenPull } from "../fakes/forge/pulls.ts";
import { NO_COMMIT } from "../fakes/git/git-host.ts";
import type { Ci } from "./ci.ts";
import { pushCommit, pushTrunk } from "./commits.ts";
import { count } from "./coverage.ts";
import { fileOf } from "./proposing.ts";
import type { Verdict } from "./pull-book.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

export const REVIEWING = [
  ["approves", 5],
  ["asks-for-changes", 5],
  ["comments-on-lines", 3],
  ["stranger-reviews", 2],
  ["bot-reviews", 1],
  ["unlisted-bot-reviews", 1],
  ["merges", 4],
  ["closes-pull", 1.5],
  ["drafts", 1],
  ["pushes-to-branch", 1.5],
  ["forces-branch", 1.5],
  ["conflicts", 3],
  ["deletes-branch", 0.8],
] as const;

export type Deed =
  | (typeof REVIEWING)[number][0]
  | "reopens-pull"
  | "undrafts"
  | "merges-in-calm"
  | "closes-in-calm"
  | "insists"
  | "pushes-at-merge";

/** What only follows upon another. */
export const FOLLOWING: Deed[] = [
  "reopens-pull",
  "undrafts",
  "merges-in-calm",
  "closes-in-calm",
  "insists",
  "pushes-at-merge",
];

export class ReviewDeeds {
  private readonly world: World;
  private readonly ci: Ci;
  private readonly random: Random;

  constructor(world: World, ci: Ci, random: Random) {
    this.world = world;
    this.ci = ci;
    this.random = random;
  }

  /** What the forge does not let them do, they do not do. */
  async does(deed: Deed, repo: string, pull: SeenPull): Promise<boolean> {
    const { world } = this;
    world.tell(`somebody: ${deed} ${repo}#${pull.number}`);
    try {
      await this.do(deed, repo, pull);
    } catch (error) {
      world.tell(`      which may not be: ${error instanceof Error ? error.message.split("\n").at(-1) : error}`);
      return false;
    }
    count("fault", `people-${deed}`);
    return true;
  }

  private async do(deed: Deed, repo: string, pull: SeenPull): Promise<unknown> {
    const { world, random } = this;
    const { pulls } = world.forge;
    const on = { repo, number: pull.number, by: pull.by === "dev" ? "lead" : "dev" };
    switch (deed) {
      case "approves":
        return this.review(repo, pull, random.pick(["dev", "lead"]), "approve");
      case "insists":
      case "asks-for-changes":
        return this.review(repo, pull, random.pick(["dev", "lead"]), "request_changes");
      case "comments-on-lines":
        return this.review(repo, pull, random.pick(["dev", "lead"]), "comment");
      case "stranger-reviews":
        return this.review(
          repo,
          pull,
          random.pick(["stranger", "helper"]),
          random.pick(["request_changes", "comment"]),
        );
      case "bot-reviews":
        return this.review(repo, pull, world.bot, random.pick(["request_changes", "comment"]));
      case "unlisted-bot-reviews":
        return this.review(repo, pull, world.unlistedBot, "request_changes");
      case "merges":
      case "merges-in-calm":
        return this.merge(repo, pull);
      case "closes-pull":
      case "closes-in-calm":
        world.pullBook.closed.add(`${repo}#${pull.number}`);
        pulls.close(on);
        if (deed === "closes-pull" && random.chance(0.8)) this.later("reopens-pull", repo, pull);
        return;
      case "reopens-pull":
        return pulls.reopen(on);
      case "drafts":
        await pulls.setDraft({ ...on, draft: true });
        return this.later("undrafts", repo, pull);
      case "undrafts":
        return pulls.setDraft({ ...on, draft: false });
      case "pushes-at-merge":
        return this.push(repo, pull.branch, false);
      case "pushes-to-branch":
        return this.push(repo, pull.branch, random.chance(0.7));
      case "forces-branch":
        return this.force(repo, pull);
      case "conflicts":
        return pushTrunk(world, this.ci, {
          ...{ repo, message: "Another way", good: true, by: "dev" },
          files: [fileOf(pull)],
        });
      case "deletes-branch":
        return this.deleteBranch(repo, pull);
      default:
        return deed satisfies never;
    }
  }

  private later(deed: Deed, repo: string, pull: SeenPull): void {
    this.world.after(this.random.int(5, 150) * 1000, "", () => this.does(deed, repo, pull));
  }

  async review(repo: string, pull: SeenPull, by: string, verdict: Verdict): Promise<void> {
    const { world, random } = this;
    const { pullBook: book } = world;
    const heed = this.mayReview(repo, by) ? "heeded" : "unheeded";
    const on = { repo, number: pull.number, by };
    const said = (text: string) => {
      const body = book.remark(by, heed, text);
      if (heed === "heeded") book.asks(`${repo}#${pull.number}`, body, world.nowMs);
      return body;
    };
    if (verdict === "approve") {
      await world.forge.pulls.review({ ...on, verdict });
    } else {
      const lines = random.int(0, 2);
      const comments = Array.from({ length: lines }, (_, n) => {
        return { path: fileOf(pull), line: n + 1, body: said("And here?") };
      });
      await world.forge.pulls.review({ ...on, verdict, body: said("Louder."), comments });
    }
    if (heed === "heeded") book.judged(`${repo}#${pull.number}`, by, verdict, world.nowMs);
  }

  /** Where a forge tells bots from people, by the list alone. */
  private mayReview(repo: string, by: string): boolean {
    const { world } = this;
    return by === world.bot || (!by.endsWith("[bot]") && world.forge.mayPush(repo, by));
  }

  private async merge(repo: string, { number, by: author }: SeenPull): Promise<void> {
    const { world, random } = this;
    const { pulls } = world.weather;
    const on = { repo, number, by: author === "lead" ? "dev" : "lead" };
    if (pulls?.rules?.queue && world.played.enqueue) await world.played.enqueue(on);
    else await world.forge.pulls.merge({ ...on, method: random.pick(pulls?.methods ?? ["merge"]) });
  }

  private async push(repo: string, branch: string, good: boolean): Promise<void> {
    await pushCommit(this.world, this.ci, {
      repo,
      branch,
      message: "A hand's turn",
      good,
      by: "dev",
      files: ["dev.ts"],
    });
  }

  /** The same change anew, on top of the newest trunk. */
  private async force(repo: string, pull: SeenPull): Promise<void> {
    const { world, random } = this;
    const [before = NO_COMMIT, trunk = NO_COMMIT] = await Promise.all([
      world.git.head(repo, pull.branch),
      world.git.head(repo, "main"),
    ]);
    if (before === NO_COMMIT || trunk === NO_COMMIT) return;
    const message = `Written anew ${random.int(1, 9999)}`;
    const sha = world.git.add(repo, pull.branch, { message, files: [fileOf(pull)], parents: [trunk] });
    await world.forge.pushed(repo, pull.branch, before, sha, "dev");
    await this.ci.pushed({ repo, branch: pull.branch, sha, by: "dev", good: random.chance(0.7) });
  }

  private async deleteBranch(repo: string, pull: SeenPull): Promise<void> {
    const { world } = this;
    const before = await world.git.head(repo, pull.branch);
    if (before === undefined) return;
    world.pullBook.closed.add(`${repo}#${pull.number}`);
    await world.git.moveBranch(repo, { branch: pull.branch, before, after: NO_COMMIT });
    await world.forge.pushed(repo, pull.branch, before, NO_COMMIT, "dev");
  }
}
