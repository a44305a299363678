/** What a deployment that does not remember, or is not alone, finds on the forge: it starts no second agent. */
import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { closed } from "../endings.ts";
import { atRest, working } from "../moments.ts";
import { expect, type Scenario } from "../scenario.ts";
import { DEV, REPO, type Stage } from "../stage.ts";

const run = promisify(execFile);
const IN_PROGRESS = "agent-in-progress";

/** As an operator runs it. */
async function operate(stage: Stage, command: "backup" | "restore", ...args: string[]): Promise<void> {
  const script = join(import.meta.dirname, `../../../scripts/${command}.ts`);
  const env = { PATH: process.env.PATH ?? "", DATA_DIR: stage.env.DATA_DIR ?? "" };
  await run(process.execPath, ["--no-warnings", script, ...args], { env, cwd: stage.dir });
}

/** The issue says that another one is in progress, by nobody this loop knows. */
async function held(stage: Stage, number: number, by: number): Promise<void> {
  await stage.until(`#${number} says that #${by} is in progress elsewhere`, () =>
    // A number in a comment is written so that it makes no link.
    stage.comments(number).some((body) => new RegExp(`is on #\\u200b?${by}, but no run of this loop`).test(body)),
  );
}

/** A person has seen that nobody is at work any more. */
function release(stage: Stage, number: number): void {
  stage.standIn.people.unlabel({ repo: REPO, number, by: DEV, label: IN_PROGRESS });
}

export const memory: Scenario[] = [
  {
    name: "ledger-lost",
    shows: "the state is lost in mid-run: nothing starts beside the agent, nor twice, until a person releases the repo",
    agent: (thread) => (thread === 1 ? "slow" : "happy"),
    turns: 2,
    threads: 2,
    async play(stage) {
      const first = stage.readyIssue();
      await working(stage);
      await stage.loop.stop();
      rmSync(stage.env.DATA_DIR ?? "", { recursive: true });
      await stage.startLoop();
      const second = stage.readyIssue("Another widget");
      await held(stage, second.number, first.number);
      await atRest(stage);
      await stage.loop.sweep();
      expect(stage.threads().length === 1, "an agent was started beside one that nobody knows");
      release(stage, first.number);
      await closed(stage, second.number);
      expect(stage.labels(first.number).includes("ready-for-agent"), "the first issue's label was touched");
    },
  },
  {
    name: "backup-restored",
    shows: "a backup from before the run is restored: its agent is not joined by another, its label not run again",
    agent: (thread) => (thread === 2 ? "slow" : "happy"),
    turns: 3,
    threads: 3,
    async play(stage) {
      const before = stage.readyIssue();
      await closed(stage, before.number);
      await operate(stage, "backup", "--out", "backup");
      const first = stage.readyIssue("Another widget");
      await working(stage);
      await stage.loop.stop();
      await operate(stage, "restore", "backup", "--force");
      await stage.startLoop();
      const second = stage.readyIssue("A third widget");
      await held(stage, second.number, first.number);
      await atRest(stage);
      expect(stage.threads().length === 2, "an agent was started beside one that nobody knows");
      release(stage, first.number);
      await closed(stage, second.number);
      await stage.loop.sweep();
      await stage.loop.sweep();
      expect(stage.labels(first.number).includes("ready-for-agent"), "the first issue's label was touched");
      expect(stage.labels(before.number).length === 0, "what was over before the backup was touched");
    },
  },
  {
    name: "second-deployment-armed",
    shows: "a second deployment is armed for the same repo: it starts nothing beside the first one's agent",
    agent: (thread) => (thread === 1 ? "slow" : "happy"),
    turns: 2,
    threads: 2,
    async play(stage) {
      const first = stage.readyIssue();
      await working(stage);
      const other = await stage.secondLoop("afk-loop-2");
      const second = stage.readyIssue("Another widget");
      await held(stage, second.number, first.number);
      expect(stage.threads().length === 1, "a second agent was started");
      expect(stage.labels(first.number).includes(IN_PROGRESS), "the other's label was touched");
      await other.stop();
      await closed(stage, first.number);
      await closed(stage, second.number);
    },
  },
];
