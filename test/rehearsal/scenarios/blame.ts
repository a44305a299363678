/** Whose fault a red is: ours, CI's own, somebody's before us, nobody's; and what others push on top. */
import { closed, handedOver } from "../endings.ts";
import { atRest, landed } from "../moments.ts";
import { expect, head, type Scenario } from "../scenario.ts";
import { REPO, type Stage } from "../stage.ts";

const BROKEN = 'import test from "node:test";\ntest("broken", () => { throw new Error("not today"); });\n';
/** CI is held back in these: that nothing has reported yet says nothing. */
const PATIENT = { AFK_CI_GRACE_SECONDS: "60" };

/** Its one comment, as it stands. */
function comment(stage: Stage, number: number): string {
  return stage.comments(number).find((body) => body.startsWith("<!-- afk:")) ?? "";
}

function noAttemptSpent(stage: Stage, number: number): void {
  expect(!comment(stage, number).includes("Fix-forward attempt"), "an attempt was spent");
}

export const blame: Scenario[] = [
  {
    name: "red-before-us",
    shows: "somebody broke the trunk before the landing: no agent is sent after it",
    agent: "lands-after-others",
    turns: 1,
    threads: 1,
    async play(stage) {
      await stage.tested({});
      const issue = stage.readyIssue();
      // By then its worktree is made: what is broken from now on is not the agent's to see.
      await stage.until("the agent has pushed its branch", () => stage.branches().some((name) => /^afk\//.test(name)));
      await stage.pushToTrunk({ "test/broken.test.js": BROKEN }, "Go on");
      await handedOver(stage, issue.number, "it was so before this change");
      const told = stage.comments(issue.number).find((body) => body.includes("@dev ")) ?? "";
      expect(/git revert --no-edit -m 1 [0-9a-f]{40} && git push origin main/.test(told), "no way back is told");
      noAttemptSpent(stage, issue.number);
    },
  },
  {
    name: "runner-died",
    shows: "CI's runner dies under the landing: it is run again, where no API can by a person; no attempt is spent",
    ci: { dies: ({ rerun }) => rerun === 0 },
    settings: { AFK_CI_GRACE_SECONDS: "30" },
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await landed(stage, 1);
      await stage.until("the runner died", () => stage.ci.done(head(stage)));
      const isAsked = () => stage.asked("POST", /rerun/);
      if (stage.name === "github") await stage.until("it is asked to run again", () => isAsked() === 1);
      else {
        const says = "CI failed for reasons of its own";
        await stage.until("the issue says so", () => comment(stage, issue.number).includes(says));
        await stage.rerunByHand(head(stage));
      }
      await closed(stage, issue.number);
      expect(isAsked() === (stage.name === "github" ? 1 : 0), "it was asked to run again where it cannot, or twice");
      noAttemptSpent(stage, issue.number);
    },
  },
  {
    name: "flaky",
    shows: "a red that somebody's rerun turns green before it is answered is nobody's: told as flaky, no second turn",
    ci: { verdict: ({ rerun }) => (rerun === 0 ? "failure" : undefined) },
    settings: PATIENT,
    turns: 1,
    threads: 1,
    async play(stage) {
      stage.ci.kill();
      const issue = stage.readyIssue();
      await landed(stage, 1);
      await atRest(stage);
      // Nobody can be sent after the red while the executor is away.
      await stage.t3.kill();
      stage.ci.restart();
      await stage.until("the red is seen", () => comment(stage, issue.number).includes("CI is red"));
      await stage.rerunByHand(head(stage));
      await stage.until("it turned green", () => comment(stage, issue.number).includes("CI is green"));
      await stage.t3.restart();
      await closed(stage, issue.number);
      expect(
        /^Flaky: .*test.* turned green with no new commit/m.test(comment(stage, issue.number)),
        "the flaky check is not told",
      );
      noAttemptSpent(stage, issue.number);
    },
  },
  {
    name: "human-repairs-on-top",
    shows: "the landing is red and the agent finds nothing: somebody repairs it on top, and the run is done",
    agent: "red-then-waits",
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("a fix is asked for", () => stage.turns().length === 2);
      const path = `src/feature-${issue.number}.js`;
      const code = `export function feature() {\n  return ${issue.number};\n}\n`;
      const repaired = await stage.pushToTrunk({ [path]: code }, "Repair it");
      await stage.until("the repair is green", () => stage.standIn.ciWord(REPO, repaired) === "fine");
      await stage.pushToTrunk({ "NOTES.md": "Repaired.\n" }, "Go on");
      await closed(stage, issue.number);
    },
  },
  {
    name: "superseded-by-human-push",
    shows: "somebody pushes on top before CI of the landing is done, and cancels it: the newer green closes the issue",
    ci: { supersedes: true },
    settings: PATIENT,
    turns: 1,
    threads: 1,
    async play(stage) {
      await stage.tested({});
      stage.ci.kill();
      const issue = stage.readyIssue();
      await landed(stage, 1);
      const ours = head(stage);
      const theirs = await stage.pushToTrunk({ "NOTES.md": "Pushed on top.\n" }, "Say more");
      stage.ci.restart();
      await closed(stage, issue.number);
      const ended = (sha: string) => stage.ci.reported.find((one) => one.sha === sha)?.conclusion;
      expect(ended(ours) === "cancelled", "CI of the landing was not superseded");
      expect(ended(theirs) === "success", "CI of what came on top is not green");
      noAttemptSpent(stage, issue.number);
    },
  },
];
