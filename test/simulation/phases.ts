/**
 * Agents that work phase by phase on their branch, where CI runs too: honest ones, ones that say more than is so, and ones that
 * lay hands on what is protected or on the rules themselves. What lands then is a commit of its own, squashed or merged.
 */
import { RULES_FILE } from "../../lib/core/repo-rules.ts";
import type { ScriptedTurn } from "../fakes/t3/scripted-runner.ts";
import type { Brief, Step } from "./agent.ts";
import type { Ci } from "./ci.ts";
import { type NewPush, pushCommit } from "./commits.ts";
import { count } from "./coverage.ts";
import { LOOSENED, PROTECTED_FILE } from "./own-rules.ts";
import { Random } from "./random.ts";
import type { World } from "./world.ts";

export const WAYS = [
  ["honest", 6],
  ["green-all-along", 2],
  ["reversed", 2],
  ["one-commit", 2],
  ["liar", 2],
  ["strays", 2],
  ["red-before", 2],
  ["other-check", 2],
  ["red-cancelled", 2],
  ["green-cancelled", 2],
  ["late", 2],
  ["no-phases", 2],
  ["loosens", 2],
  ["touches", 2],
  ["changes-rules", 2],
  ["slow-before", 3],
] as const;

/** Where it is protected paths that matter. */
const HANDS_ON: readonly (readonly [Way, number])[] = [
  ["honest", 1],
  ["touches", 2],
  ["changes-rules", 1],
];

type Way = (typeof WAYS)[number][0];
type Phase = Pick<NewPush, "message" | "good" | "files" | "contents" | "life" | "besides">;

const TEST = "test/widget.test.ts";
const CODE = "src/widget.ts";
const RED = "Test it\n\nAFK-Phase: tests-red";
const GREEN = "Do it\n\nAFK-Phase: green";

export class Phases {
  private readonly world: World;
  private readonly ci: Ci;
  private readonly step: Step;

  constructor(world: World, ci: Ci, step: Step) {
    this.world = world;
    this.ci = ci;
    this.step = step;
  }

  /** The whole of a first turn. `nth`: so many agents had the issue before. */
  work(turn: ScriptedTurn, brief: Brief, nth: number, good: boolean): void {
    const { repo, issue, branch } = brief;
    const random = new Random(this.world.seed, `phases ${repo}#${issue} ${nth}`);
    const way = random.weighted<Way>(this.world.weather.special === "protected" ? HANDS_ON : WAYS);
    count("fault", `phases-${way}`);
    let s = random.int(5, 30);
    for (const phase of phasesOf(way)) {
      this.step(turn, s, `pushes a phase (${way})`, () => this.push({ repo, branch, ...phase }));
      s += random.int(5, 60);
    }
    const merged = random.chance(0.5);
    s += random.int(0, 60);
    this.step(turn, s, `lands ${good ? "good" : "bad"} code`, () => this.land(brief, way, good, merged));
    this.step(turn, s + random.int(2, 30), "is done", () => turn.complete("Done."));
  }

  private async land({ repo, issue, branch, run }: Brief, way: Way, good: boolean, merged: boolean): Promise<void> {
    const head = await this.world.git.head(repo, branch);
    const message = `Build it\n\nRefs #${issue}\n\nAFK-Run: ${run}`;
    const files = [TEST, CODE, ...(way === "touches" ? [PROTECTED_FILE] : [])];
    const contents: Record<string, string> = way === "changes-rules" ? { [RULES_FILE]: LOOSENED } : {};
    const merges = merged && head !== undefined && way !== "loosens" ? { merges: head } : {};
    await this.push({
      repo,
      branch: "main",
      message,
      good,
      files: [...files, ...Object.keys(contents)],
      contents,
      ...merges,
    });
  }

  private async push(push: Omit<NewPush, "by">): Promise<void> {
    await pushCommit(this.world, this.ci, { ...push, by: "agent" });
  }
}

function phasesOf(way: Way): Phase[] {
  const red: Phase = { message: RED, good: false, files: [TEST] };
  const green: Phase = { message: GREEN, good: true, files: [CODE] };
  switch (way) {
    case "honest":
      return [red, green];
    case "touches":
      return [red, { ...green, files: [CODE, PROTECTED_FILE] }];
    case "changes-rules":
      return [red, { ...green, files: [CODE, RULES_FILE], contents: { [RULES_FILE]: LOOSENED } }];
    case "green-all-along":
      return [{ ...red, good: true }, green];
    case "reversed":
      return [green, red];
    case "one-commit":
      return [{ message: `${RED}\nAFK-Phase: green`, good: true, files: [TEST, CODE] }];
    case "liar":
      return [red, { ...green, good: false }];
    case "strays":
      return [{ ...red, files: [TEST, CODE] }, green];
    case "red-before":
      return [{ message: "Begin", good: false, files: [CODE] }, red, green];
    case "slow-before":
      return [{ message: "Begin", good: true, files: [CODE], life: "slow" }, red, green];
    case "other-check":
      return [red, { ...green, good: false, besides: { Lint: true } }];
    case "red-cancelled":
      return [{ ...red, life: "cancelled" }, green];
    case "green-cancelled":
      return [red, { ...green, life: "cancelled" }];
    case "late":
      return [
        { ...red, life: "slow" },
        { ...green, life: "slow" },
      ];
    case "no-phases":
      return [];
    case "loosens":
      return [
        { message: "Loosen", good: true, files: [RULES_FILE], contents: { [RULES_FILE]: LOOSENED } },
        { ...red, good: true },
        green,
      ];
    default:
      return way satisfies never;
  }
}
