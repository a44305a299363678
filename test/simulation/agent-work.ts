/** What an agent does in its turn, by its character. */
import type { ScriptedTurn } from "../fakes/t3/scripted-runner.ts";
import type { Agent, Step } from "./agent.ts";
import { AgentPushes } from "./agent-pushes.ts";
import { TOKENS } from "./armed-settings.ts";
import type { Character } from "./characters.ts";
import type { Ci } from "./ci.ts";
import { Phases } from "./phases.ts";
import { Proposing } from "./proposing.ts";
import type { World } from "./world.ts";

/** Whose way to the landing is an ordinary one. */
const PHASED: Character[] = ["happy", "red-then-green", "always-red", "gives-up-on-red"];

export class AgentWork {
  private readonly world: World;
  private readonly step: Step;
  private readonly proposing: Proposing;
  private readonly pushes: AgentPushes;
  /** Where agents work phase by phase. */
  private readonly phases: Phases | null;

  constructor(world: World, ci: Ci, step: Step) {
    this.world = world;
    this.step = step;
    this.proposing = new Proposing(world, ci, step);
    this.pushes = new AgentPushes(world, ci, this.proposing);
    this.phases = world.weather.ruled ? new Phases(world, ci, step) : null;
  }

  play(turn: ScriptedTurn, agent: Agent): void {
    const { character, turns, brief, random } = agent;
    if (this.world.weather.pulls !== null && turns > 1) {
      this.proposing.answer(turn, agent);
      return;
    }
    const good = isGood(agent);
    const green = character === "keyword" ? turns > 1 || random.chance(0.5) : good;
    let s = random.int(5, 60);
    if (this.strays(turn, agent, green, s)) return;
    if (this.phases !== null && turns === 1 && PHASED.includes(character)) {
      this.phases.work(turn, brief, agent.nth, good);
      return;
    }
    if (character === "works-long") s += this.workOn(turn, 300);
    if (character === "works-through" && turns === 1) s += this.workOn(turn, 2580);
    if (random.chance(0.5)) {
      this.step(turn, s, "pushes its tests", () => this.pushes.tests(brief));
      s += random.int(5, 60);
    }
    this.work(turn, agent, green, s);
  }

  /** Whether it does something else than to work, land and be done. */
  private strays(turn: ScriptedTurn, agent: Agent, green: boolean, s: number): boolean {
    const { character, turns } = agent;
    switch (character) {
      case "asks-once":
      case "asks-twice":
      case "approval":
        if (turns > 1) return false;
        this.ask(turn, agent, () => this.work(turn, agent, green, 5));
        return true;
      case "crashes":
        this.step(turn, s, "crashes", () => turn.crash());
        return true;
      case "errs":
        this.step(turn, s, "ends in an error", () => turn.fail(`You've hit the limit of ${TOKENS.executor}`));
        return true;
      case "gives-up-on-red":
      case "no-push":
        if (character === "gives-up-on-red" && turns === 1) return false;
        this.step(turn, s, "gives up", () => turn.complete(`I could not do it with ${TOKENS.forge}.`));
        return true;
      case "pushes-late":
        this.pushLate(turn, agent, green, s);
        return true;
      case "leaves-background":
        this.leaveBackground(turn, agent, green, s);
        return true;
      default:
        return false;
    }
  }

  private work(turn: ScriptedTurn, agent: Agent, green: boolean, from: number): void {
    const { brief, character, random } = agent;
    let s = from + random.int(5, 90);
    const land = () =>
      character === "fast-forwards" ? this.pushes.fastForward(brief) : this.pushes.land(agent, green);
    this.step(turn, s, `lands ${green ? "good" : "bad"} code`, land);
    s += random.int(2, 30);
    if (character === "pushes-twice") {
      this.step(turn, s, "lands once more", () => this.pushes.land(agent, random.chance(0.7)));
      s += random.int(2, 60);
    }
    if (character === "goes-on") s += this.workOn(turn, random.int(80, 400), s);
    if (character === "crashes-after-push") {
      this.step(turn, s, "crashes", () => turn.crash());
      return;
    }
    this.step(turn, s, "is done", () => turn.complete("Done."));
  }

  private pushLate(turn: ScriptedTurn, agent: Agent, green: boolean, s: number): void {
    const { brief, random } = agent;
    this.step(turn, s, "says it is done", () => turn.complete("Pushed in a moment."));
    const late = random.int(1, 150);
    this.world.workAfter((s + late) * 1000, `      agent of ${brief.repo}#${brief.issue} pushes late`, () =>
      this.pushes.land(agent, green),
    );
  }

  /** Its turn is done, and what it left running lands later. */
  private leaveBackground(turn: ScriptedTurn, agent: Agent, green: boolean, from: number): void {
    const { world } = this;
    const { brief } = agent;
    this.step(turn, from, "leaves the rest to the background", () => {
      turn.background("working");
      turn.complete("The build goes on.");
    });
    world.workAfter((from + 200) * 1000, `      background of ${brief.repo}#${brief.issue} ends`, async () => {
      if (!world.t3.inBackground().includes(turn.threadId)) return;
      await this.pushes.land(agent, green);
      world.t3.endBackground(turn.threadId);
    });
  }

  /** Shows life now and then, for so many seconds. */
  private workOn(turn: ScriptedTurn, seconds: number, from = 0): number {
    for (let s = 60; s <= seconds; s += 60) this.step(turn, from + s, "", () => turn.activity("npm test"));
    return seconds;
  }

  private ask(turn: ScriptedTurn, { character, random }: Agent, then: () => void): void {
    const kind = character === "approval" ? "approval" : "question";
    let left = character === "asks-twice" ? 2 : character === "asks-once" ? 1 : 0;
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
}

/** Whether what it pushes in this turn passes its tests. */
function isGood({ character, turns }: Agent): boolean {
  return !(["always-red", "gives-up-on-red"].includes(character) || (character === "red-then-green" && turns === 1));
}
