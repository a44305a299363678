/** What a run may cost, and what stops it. */
import { handedOver } from "../endings.ts";
import { expect, landings, type Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";

/** Each request of the agent that spends costs 1.50. */
const settings = {
  AFK_BUDGET_USD: "5",
  AFK_PRICES: JSON.stringify({ "claudeAgent/claude-sonnet-4-6": { in: 0.5, out: 1 } }),
};

/** Stopped in the middle of its newest turn by what it spent; nothing comes after it. */
async function stoppedInMidTurn(stage: Stage, number: number, turns: number): Promise<void> {
  const { t3 } = stage.t3;
  await handedOver(stage, number, "the run's budget of $5.00 is spent ($");
  await stage.until("the agent was brought to rest", () => t3.dispatched.atWork().length === 0);
  const [interrupt] = t3.dispatched.commands("thread.turn.interrupt");
  expect(typeof interrupt?.command.turnId === "string", "the turn was not interrupted");
  expect(t3.dispatched.commands("thread.delete").length === 0, "a working thread was deleted");
  expect(stage.turns().length === turns, "a turn came after the budget was spent");
  const spent = Object.values(t3.spent(stage.threads()[0] ?? "")).at(-1);
  expect((spent?.output ?? 0) > 3_000_000, "it was stopped before it had spent its budget");
  await stage.until("the comment says what was spent", () =>
    stage.comments(number).some((body) => /Spent at least [\d,]+ tokens, \$\d+\.\d\d\./.test(body)),
  );
}

export const spending: Scenario[] = [
  {
    name: "over-budget-mid-turn",
    shows: "an agent spends on and on while it works: interrupted past its budget, handed over with the figures",
    agent: "spends",
    settings,
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stoppedInMidTurn(stage, issue.number, 1);
      expect(landings(stage) === 0, "something landed");
    },
  },
  {
    name: "over-budget-in-a-fix",
    shows: "the same in the turn that should mend a red trunk: handed over, and nothing else starts",
    agent: "red-then-spends",
    settings,
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stoppedInMidTurn(stage, issue.number, 2);
      expect(
        stage.comments(issue.number).some((body) => body.includes("nothing else starts")),
        "the repo is not frozen",
      );
    },
  },
];
