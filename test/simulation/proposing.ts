/** What agents do where changes land by pull request: they push their branch alone, and answer what became of it. */
import type { ScriptedTurn } from "../fakes/t3/scripted-runner.ts";
import type { Agent, Brief, Step } from "./agent.ts";
import type { Character } from "./characters.ts";
import type { Ci } from "./ci.ts";
import { pushCommit, pushMerge } from "./commits.ts";
import type { World } from "./world.ts";

/** What a later turn asks for. */
type Asked = "fix" | "update" | "review";

const OPENERS: Character[] = ["opens-itself", "keyword-in-pull"];

export class Proposing {
  private readonly world: World;
  private readonly ci: Ci;
  private readonly step: Step;

  constructor(world: World, ci: Ci, step: Step) {
    this.world = world;
    this.ci = ci;
    this.step = step;
  }

  /** The end of a first turn's work. */
  async propose(agent: Agent, good: boolean): Promise<void> {
    await this.push(agent.brief, good, "on top");
    await this.open(agent);
  }

  answer(turn: ScriptedTurn, agent: Agent): void {
    const { character, random, brief } = agent;
    const asked = askedIn(turn.text);
    const s = random.int(5, 90);
    const idle =
      character === "only-words" ||
      (character === "gives-up-on-red" && asked === "fix") ||
      (character === "never-updates" && asked === "update") ||
      (asked === "review" && random.chance(0.4));
    if (idle) {
      this.step(turn, s, "has nothing to change", () => turn.complete("1. No: it is as it should be."));
      return;
    }
    const good = !(
      character === "always-red" ||
      character === "gives-up-on-red" ||
      (character === "breaks-anew" && random.chance(0.6))
    );
    this.step(turn, s, `pushes ${good ? "good" : "bad"} code to its branch`, async () => {
      await this.push(brief, good, asked === "review" ? "on top" : "with the trunk");
      await this.open(agent);
    });
    this.step(turn, s + random.int(2, 30), "is done", async () => {
      await this.remark(agent);
      turn.complete("1. Done.");
    });
  }

  private async push({ repo, branch, issue }: Brief, good: boolean, how: "on top" | "with the trunk"): Promise<void> {
    const message = `Build it\n\nRefs #${issue}\n\nAFK-Phase: green`;
    const files = [
      fileOf({ branch }),
      ...(this.world.ownRules?.protects && issue % 2 === 1 ? [`infra/${issue}.sh`] : []),
    ];
    const push = { repo, branch, message, good, by: "agent", files };
    await (how === "on top" ? pushCommit : pushMerge)(this.world, this.ci, push);
  }

  private async open({ character, brief }: Agent): Promise<void> {
    const { pulls } = this.world.forge;
    const { repo, branch, issue } = brief;
    if (!OPENERS.includes(character)) return;
    const there = pulls.all(repo).filter((one) => one.branch === branch);
    const head = await this.world.git.head(repo, branch);
    // One is enough, as long as it has not landed.
    if (there.some((one) => one.state !== "merged" || one.head === head)) return;
    const word = character === "keyword-in-pull" ? "Fixes" : "Refs";
    const body = `As wished.\n\n${word} #${issue}\n\nAFK-Run: ${brief.run}`;
    await pulls.open({ repo, branch, base: "main", by: "agent", title: "Build it", body });
  }

  /** It answers on the page, too: nobody may take that for a review. */
  private async remark({ character, brief }: Agent): Promise<void> {
    const { pulls } = this.world.forge;
    const open = pulls.all(brief.repo).find((one) => one.branch === brief.branch && one.state === "open");
    if (!OPENERS.includes(character) || open?.by !== "agent") return;
    const on = { repo: brief.repo, number: open.number, by: "agent" };
    const body = this.world.pullBook.remark("agent", "unheeded", "That is how it must be.");
    await pulls.review({ ...on, verdict: "comment", body });
  }
}

function askedIn(text: string): Asked {
  if (text.startsWith("Your pull request #")) return "update";
  return text.startsWith("People reviewed your pull request #") ? "review" : "fix";
}

/** What the agent of a run changes. */
export function fileOf({ branch }: { branch: string }): string {
  return `src/${/^afk\/(\d+)-/.exec(branch)?.[1] ?? "code"}.ts`;
}
