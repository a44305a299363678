/**
 * (node) The harmless agent: a process that does with real git what a coding agent is asked to do, without a model. It
 * takes one turn from stdin, plays the story of AFK_AGENT_SCRIPT (agent/scripts.ts), and ends. Each turn's start and
 * end is noted in AFK_AGENT_COUNTERS/<thread>.jsonl, so that a test can count turns and see two at work at once.
 */
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { briefOf } from "./agent/brief.ts";
import { SCRIPTS } from "./agent/scripts.ts";
import { type Ending, end, heardTurn, type Turn } from "./agent/talk.ts";
import { BranchProtected, placeOf } from "./agent/work.ts";

const { AFK_AGENT_SCRIPT = "happy", AFK_AGENT_COUNTERS = "." } = process.env;

const turn = await heardTurn();
const ending = await played(turn, note(turn, "start"));
note(turn, "end");
end(ending);

async function played(turn: Turn, count: number): Promise<Ending> {
  try {
    const script = SCRIPTS[AFK_AGENT_SCRIPT];
    if (script === undefined) throw new Error(`no script is called ${AFK_AGENT_SCRIPT}`);
    return { type: "done", text: await script(placeOf(briefOf(turn), turn.workspaceRoot), count) };
  } catch (error) {
    if (error instanceof BranchProtected) return { type: "done", text: error.message };
    return { type: "fail", text: error instanceof Error ? error.message : String(error) };
  }
}

/** Gives how many turns of the thread have started by now. */
function note({ threadId, turnId, workspaceRoot }: Turn, event: "start" | "end"): number {
  mkdirSync(AFK_AGENT_COUNTERS, { recursive: true });
  const path = join(AFK_AGENT_COUNTERS, `${threadId}.jsonl`);
  const line = { event, at: Date.now(), pid: process.pid, turnId, workspaceRoot, script: AFK_AGENT_SCRIPT };
  appendFileSync(path, `${JSON.stringify(line)}\n`);
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return lines.filter((each) => JSON.parse(each).event === "start").length;
}
