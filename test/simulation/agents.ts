/** Coding agents at work. Each step is a happening of its own; an ended turn takes no further step. */
import type { ScriptedTurn } from "../fakes/t3/scripted-runner.ts";
import { type Agent, briefOf } from "./agent.ts";
import { AgentWork } from "./agent-work.ts";
import { CHARACTERS, type Character } from "./characters.ts";
import type { Ci } from "./ci.ts";
import { count } from "./coverage.ts";
import { Random } from "./random.ts";
import { spendSome } from "./spending.ts";
import type { World } from "./world.ts";

export class Agents {
  private readonly agents = new Map<string, Agent>();
  private readonly world: World;
  private readonly characters: readonly (readonly [Character, number])[];
  private readonly purse: Random;
  private readonly work: AgentWork;

  constructor(world: World, ci: Ci, characters: readonly (readonly [Character, number])[] = CHARACTERS) {
    this.world = world;
    this.characters = characters;
    this.purse = new Random(world.seed, "purse");
    this.work = new AgentWork(world, ci, (turn, seconds, what, run) => this.step(turn, seconds, what, run));
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
    this.work.play(turn, agent);
  }

  private newAgent(turn: ScriptedTurn): Agent {
    const told = briefOf(turn.text);
    const brief = { ...told, repo: this.world.renaming.firstName(told.repo) };
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

  private step(turn: ScriptedTurn, seconds: number, what: string, run: () => unknown): void {
    const { world } = this;
    world.workAfter(seconds * 1000, "", async () => {
      if (turn.ended) return;
      spendSome(turn, this.purse);
      if (what !== "") world.tell(`      agent of ${turn.threadId} ${what}`);
      await run();
    });
  }
}
