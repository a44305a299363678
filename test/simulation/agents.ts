/** Coding agents, good and bad. Each step is a happening of its own; an ended turn takes no further step. */
import { NO_COMMIT } from "../fakes/git/git-host.ts";
import type { ScriptedTurn } from "../fakes/t3/scripted-runner.ts";
import type { Ci } from "./ci.ts";
import { pushCommit } from "./commits.ts";
import { count } from "./coverage.ts";
import { Phases } from "./phases.ts";
import { PROPOSERS, Proposing } from "./proposing.ts";
import { Random } from "./random.ts";
import { agentsOf } from "./specials.ts";
import { spendSome } from "./spending.ts";
import type { World } from "./world.ts";

export type Character =
  | "happy"
  | "red-then-green"
  | "always-red"
  | "no-push"
  | "asks-once"
  | "asks-twice"
  | "approval"
  | "silent"
  | "deaf"
  | "cannot-start"
  | "pushes-late"
  | "pushes-twice"
  | "goes-on"
  | "works-long"
  | "works-through"
  | "keyword"
  | "crashes"
  | "errs"
  | "crashes-after-push"
  | "gives-up-on-red"
  | "leaves-background"
  | "fast-forwards"
  // Where changes land by pull request:
  | "opens-itself"
  | "keyword-in-pull"
  | "only-words"
  | "breaks-anew"
  | "never-updates";

export const CHARACTERS: readonly (readonly [Character, number])[] = [
  ["happy", 8],
  ["red-then-green", 5],
  ["always-red", 3],
  ["no-push", 2],
  ["asks-once", 2],
  ["asks-twice", 2],
  ["approval", 1],
  ["silent", 1],
  ["deaf", 1],
  ["cannot-start", 1],
  ["pushes-late", 2],
  ["pushes-twice", 2],
  ["goes-on", 2],
  ["works-long", 1],
  ["keyword", 2],
  ["crashes", 1],
  ["errs", 1],
  ["crashes-after-push", 1],
  ["gives-up-on-red", 1],
  ["leaves-background", 1],
  ["fast-forwards", 1],
];

/** Whose way to the landing is an ordinary one. */
const PHASED: Character[] = ["happy", "red-then-green", "always-red", "gives-up-on-red"];

export interface Brief {
  run: string;
  branch: string;
  repo: string;
  issue: number;
}

export interface Agent {
  brief: Brief;
  /** Its own: when others begin moves nothing of it. */
  random: Random;
  character: Character;
  /** So many had the issue before. */
  nth: number;
  turns: number;
}

/** Who may be met in this seed. */
export function charactersOf(world: World): readonly (readonly [Character, number])[] {
  if (world.weather.pulls !== null) return PROPOSERS;
  const chosen = agentsOf(world.weather.special);
  return chosen?.map((character) => [character, 1] as const) ?? CHARACTERS;
}

export class Agents {
  private readonly agents = new Map<string, Agent>();
  private readonly world: World;
  private readonly ci: Ci;
  private readonly characters: readonly (readonly [Character, number])[];
  private readonly proposing: Proposing;
  private readonly purse: Random;
  /** Where agents work phase by phase. */
  private readonly phases: Phases | null;

  constructor(world: World, ci: Ci, characters: readonly (readonly [Character, number])[] = CHARACTERS) {
    this.world = world;
    this.ci = ci;
    this.characters = characters;
    this.purse = new Random(world.seed, "purse");
    const step = (turn: ScriptedTurn, seconds: number, what: string, run: () => unknown) =>
      this.step(turn, seconds, what, run);
    this.proposing = new Proposing(world, ci, step);
    this.phases = world.weather.ruled ? new Phases(world, ci, step) : null;
    world.agents.script = (turn) => this.begin(turn);
  }

  private begin(turn: ScriptedTurn): void {
    const agent = this.agents.get(turn.threadId) ?? this.newAgent(turn);
    agent.turns++;
    const { character, brief } = agent;
    this.world.tell(`      agent of ${brief.repo}#${brief.issue} (${character}) begins turn ${agent.turns}`);
    if (agent.turns === 1) this.world.special.trunk.begins(brief.repo);
    if (character === "cannot-start") {
      turn.couldNotStart();
      return;
    }
    turn.activity("git fetch");
    // A fix asked of a thread that was never told its task.
    if (brief.repo === "") {
      this.step(turn, 5, "knows nothing", () => turn.complete("Which task?"));
      return;
    }
    if (character === "deaf") {
      turn.onInterrupt = () => {};
      this.step(turn, 900, "stops at last", () => turn.complete());
      return;
    }
    if (character === "silent") return;
    this.play(turn, agent);
  }

  private newAgent(turn: ScriptedTurn): Agent {
    const brief = briefOf(turn.text);
    const issue = `${brief.repo}#${brief.issue}`;
    const nth = [...this.agents.values()].filter((one) => `${one.brief.repo}#${one.brief.issue}` === issue).length;
    const random = new Random(this.world.seed, `agent ${issue} ${nth}`);
    const drawn = random.weighted(this.characters);
    // Where a status belongs to a commit and to no branch, a check of the branch is the trunk's once both are one commit.
    const character = drawn === "fast-forwards" && this.world.weather.ciOf === "outside" ? "happy" : drawn;
    count("fault", `agent-${character}`);
    const agent = { brief, character, nth, turns: 0, random };
    this.agents.set(turn.threadId, agent);
    return agent;
  }

  private play(turn: ScriptedTurn, agent: Agent): void {
    const { character, turns, brief, random } = agent;
    if (this.world.weather.pulls !== null && turns > 1) {
      this.proposing.answer(turn, agent);
      return;
    }
    const good = !(
      ["always-red", "gives-up-on-red"].includes(character) ||
      (character === "red-then-green" && turns === 1)
    );
    const green = character === "keyword" ? turns > 1 || random.chance(0.5) : good;
    let s = random.int(5, 60);
    const asks = character === "asks-once" ? 1 : character === "asks-twice" ? 2 : 0;
    if (turns === 1 && (asks > 0 || character === "approval")) {
      this.ask(turn, agent, asks, () => this.work(turn, agent, green, 5));
      return;
    }
    if (character === "crashes") {
      this.step(turn, s, "crashes", () => turn.crash());
      return;
    }
    if (character === "errs") {
      this.step(turn, s, "ends in an error", () => turn.fail("You've hit your limit"));
      return;
    }
    if (character === "no-push" || (character === "gives-up-on-red" && turns > 1)) {
      this.step(turn, s, "gives up", () => turn.complete("I could not do it."));
      return;
    }
    if (character === "pushes-late") {
      this.step(turn, s, "says it is done", () => turn.complete("Pushed in a moment."));
      const late = random.int(1, 150);
      this.world.after((s + late) * 1000, `      agent of ${brief.repo}#${brief.issue} pushes late`, () =>
        this.land(agent, green),
      );
      return;
    }
    if (character === "leaves-background") {
      this.leaveBackground(turn, agent, green, s);
      return;
    }
    if (this.phases !== null && turns === 1 && PHASED.includes(character)) {
      this.phases.work(turn, brief, agent.nth, good);
      return;
    }
    if (character === "works-long") s += this.workOn(turn, 300);
    if (character === "works-through" && turns === 1) s += this.workOn(turn, 2580);
    if (random.chance(0.5)) {
      this.step(turn, s, "pushes its tests", () => this.push(brief, brief.branch, phase("tests-red"), false));
      s += random.int(5, 60);
    }
    this.work(turn, agent, green, s);
  }

  private work(turn: ScriptedTurn, agent: Agent, green: boolean, from: number): void {
    const { brief, character, random } = agent;
    let s = from + random.int(5, 90);
    const word = character === "keyword" ? "Fixes" : "Refs";
    const land = () => (character === "fast-forwards" ? this.fastForward(brief) : this.land(agent, green, word));
    this.step(turn, s, `lands ${green ? "good" : "bad"} code`, land);
    s += random.int(2, 30);
    if (character === "pushes-twice") {
      this.step(turn, s, "lands once more", () => this.land(agent, random.chance(0.7)));
      s += random.int(2, 60);
    }
    if (character === "goes-on") s += this.workOn(turn, random.int(80, 400), s);
    if (character === "crashes-after-push") {
      this.step(turn, s, "crashes", () => turn.crash());
      return;
    }
    this.step(turn, s, "is done", () => turn.complete("Done."));
  }

  /** Its turn is done, and what it left running lands later. */
  private leaveBackground(turn: ScriptedTurn, agent: Agent, green: boolean, from: number): void {
    const { world } = this;
    const { brief } = agent;
    this.step(turn, from, "leaves the rest to the background", () => {
      turn.background("working");
      turn.complete("The build goes on.");
    });
    world.after((from + 200) * 1000, `      background of ${brief.repo}#${brief.issue} ends`, async () => {
      if (!world.t3.inBackground().includes(turn.threadId)) return;
      await this.land(agent, green);
      world.t3.endBackground(turn.threadId);
    });
  }

  /** Against what it was told: the branch becomes the trunk, and CI has judged the commit on the branch before. */
  private async fastForward(brief: Brief): Promise<void> {
    const { world, ci } = this;
    const { repo, branch, run } = brief;
    const trunk = (await world.git.head(repo, "main")) ?? NO_COMMIT;
    const message = `Build it\n\nAFK-Phase: green\nAFK-Run: ${run}`;
    const parents = trunk === NO_COMMIT ? {} : { parents: [trunk] };
    const sha = world.git.add(repo, branch, { message, files: ["src/code.ts"], ...parents });
    const judged = await world.forge.ci.createWorkflowRun({ repo, sha, branch, by: "agent", jobs: ["test"] });
    await world.forge.ci.updateWorkflowRun(repo, judged.id, { status: "completed", conclusion: "failure" });
    world.git.setBranch(repo, "main", sha);
    await world.forge.pushed(repo, "main", trunk, sha, "agent");
    await ci.pushed({ repo, branch: "main", sha, by: "agent", good: true });
  }

  /** Shows life now and then, for so many seconds. */
  private workOn(turn: ScriptedTurn, seconds: number, from = 0): number {
    for (let s = 60; s <= seconds; s += 60) this.step(turn, from + s, "", () => turn.activity("npm test"));
    return seconds;
  }

  private ask(turn: ScriptedTurn, { character, random }: Agent, times: number, then: () => void): void {
    const kind = character === "approval" ? "approval" : "question";
    let left = times;
    const once = () => {
      if (kind === "approval") turn.requestApproval();
      else turn.ask([{ question: `May I? (${left})`, options: [{ label: "yes" }] }]);
    };
    turn.onAnswer = () => {
      left--;
      if (left > 0) this.step(turn, 5, "asks again", once);
      else then();
    };
    this.step(turn, random.int(5, 40), `asks (${kind})`, once);
  }

  private step(turn: ScriptedTurn, seconds: number, what: string, run: () => unknown): void {
    const { world } = this;
    world.after(seconds * 1000, "", async () => {
      if (turn.ended) return;
      spendSome(turn, this.purse);
      if (what !== "") world.tell(`      agent of ${turn.threadId} ${what}`);
      await run();
    });
  }

  private async land(agent: Agent, good: boolean, word = "Refs"): Promise<void> {
    const { brief } = agent;
    if (this.world.weather.pulls !== null) return this.proposing.propose(agent, good);
    const message = `Build it\n\n${word} #${brief.issue}\n\nAFK-Phase: green\nAFK-Run: ${brief.run}`;
    await this.push(brief, "main", message, good);
  }

  private async push(brief: Brief, branch: string, message: string, good: boolean): Promise<void> {
    await pushCommit(this.world, this.ci, { repo: brief.repo, branch, message, good, by: "agent" });
  }
}

function phase(name: string): string {
  return `Work\n\nAFK-Phase: ${name}`;
}

export function briefOf(text: string): Brief {
  const line = (name: string) => new RegExp(`^${name}: (.+)$`, "m").exec(text)?.[1] ?? "";
  const [repo = "", issue = ""] = line("Issue").replace(/^\w+:/, "").split("#");
  return { run: line("AFK-Run"), branch: line("Branch"), repo, issue: Number(issue) };
}
