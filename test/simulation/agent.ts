/** An agent, what it was told, and how it acts. */
import type { ScriptedTurn } from "../fakes/t3/scripted-runner.ts";
import type { Character } from "./characters.ts";
import type { Random } from "./random.ts";

/** What its first turn told it. */
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

/** Something it does, so many seconds from now; nothing once its turn has ended. */
export type Step = (turn: ScriptedTurn, seconds: number, what: string, run: () => unknown) => void;

export function briefOf(text: string): Brief {
  const line = (name: string) => new RegExp(`^${name}: (.+)$`, "m").exec(text)?.[1] ?? "";
  const [repo = "", issue = ""] = line("Issue").replace(/^\w+:/, "").split("#");
  return { run: line("AFK-Run"), branch: line("Branch"), repo, issue: Number(issue) };
}
