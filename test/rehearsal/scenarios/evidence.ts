/** Evidence, not claims: red to green as CI shows it, the repo's own rules, and what people want to see first. */
import { closed, handedOver } from "../endings.ts";
import { landed } from "../moments.ts";
import { expect, landings, type Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";

const REQUIRED = "evidence: required\n";
const BY_LABEL = "evidence:\n  default: required\n  by_label:\n    docs: not-applicable\n";

/** Lines of the issue's one comment that tell of a phase. */
function phase(stage: Stage, number: number, words: string): string {
  const comment = stage.comments(number).find((body) => body.startsWith("<!-- afk:")) ?? "";
  return comment.split("\n").find((line) => line.includes(words)) ?? "";
}
const red = (stage: Stage, number: number) => phase(stage, number, "tests written, red");
const green = (stage: Stage, number: number) => phase(stage, number, "implemented, green");

export const evidence: Scenario[] = [
  {
    name: "verified-red-to-green",
    shows: "the repo lands nothing without evidence: CI was red on the tests and green on the code, so it is closed",
    turns: 1,
    threads: 1,
    async play(stage) {
      await stage.tested({ ".afk.yml": REQUIRED });
      const issue = stage.readyIssue();
      await closed(stage, issue.number);
      expect(red(stage, issue.number).includes(" - verified `"), "the red is not verified");
      expect(green(stage, issue.number).includes(" - verified `"), "the green is not verified");
    },
  },
  {
    name: "liar",
    shows: "an agent that says green on a red commit, and lands a green one: handed over where evidence is required",
    agent: "liar",
    turns: 1,
    threads: 1,
    async play(stage) {
      await stage.tested({ ".afk.yml": REQUIRED });
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "verified evidence");
      expect(red(stage, issue.number).includes(" - verified `"), "the red is not verified");
      expect(green(stage, issue.number).includes(" - claimed (none of the checks"), "the lie was believed");
      expect(landings(stage) === 1, "not one landing");
    },
  },
  {
    name: "both-trailers-one-history",
    shows: "both trailers on a history that was green all along stay claims",
    agent: "both-trailers",
    turns: 1,
    threads: 1,
    async play(stage) {
      await stage.tested({});
      const issue = stage.readyIssue();
      await closed(stage, issue.number);
      expect(red(stage, issue.number).includes(" - claimed (no check"), "a green commit counts as red");
      expect(green(stage, issue.number).includes(" - claimed ("), "a green commit without a red one is verified");
    },
  },
  {
    name: "phase-ci-cancelled",
    shows: "the push of the code cancels the CI of the tests: what nobody saw red is missing, and its green a claim",
    ci: { supersedes: true },
    settings: { AFK_CI_GRACE_SECONDS: "60" },
    turns: 1,
    threads: 1,
    async play(stage) {
      await stage.tested({});
      stage.ci.kill();
      const issue = stage.readyIssue();
      await landed(stage, 1);
      stage.ci.restart();
      await closed(stage, issue.number);
      expect(red(stage, issue.number).includes(" - missing (CI cancelled) `"), "what was cancelled counts");
      expect(green(stage, issue.number).includes(" - claimed ("), "a green commit without a red one is verified");
    },
  },
  {
    name: "evidence-by-label",
    shows: "where evidence is required nothing lands without, save what the repo's label says needs none",
    agent: "documents",
    turns: 2,
    threads: 2,
    async play(stage) {
      await stage.tested({ ".afk.yml": BY_LABEL });
      const first = stage.readyIssue("Change the widget");
      await handedOver(stage, first.number, "verified evidence");
      expect(red(stage, first.number) === "- [ ] tests written, red - missing", "it is not said to be missing");
      const second = stage.issueWith("Document the widget", "docs");
      stage.label(second.number, "ready-for-agent");
      await closed(stage, second.number, "Done: landed and green.", ["docs"]);
      expect(red(stage, second.number) === "- [ ] tests written, red - skipped", "a red test is asked for");
    },
  },
  {
    name: "loosening-afk-yml",
    shows: "a repo's limit that is looser than the deployment's is not heeded, a tighter one is",
    agent: "always-red",
    settings: { AFK_FIX_FORWARD_MAX_ATTEMPTS: "1", AFK_STALL_SECONDS: "600" },
    turns: 2,
    threads: 1,
    async play(stage) {
      await stage.tested({ ".afk.yml": "limits:\n  fix_attempts: 50\n  stall_seconds: 20\n" });
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "attempts are used up");
    },
  },
  {
    name: "invalid-afk-yml",
    shows: "rules that cannot be read start nothing, say where, and start it once they are mended",
    turns: 1,
    threads: 1,
    async play(stage) {
      await stage.tested({ ".afk.yml": "landing: push\nlimits:\n  fix_attemps: 3\n" });
      const issue = stage.readyIssue();
      await stage.until("the issue says what is wrong, and where", () =>
        stage.comments(issue.number).some((body) => body.includes("3:3 limits.fix&#95;attemps")),
      );
      expect(stage.turns().length === 0, "it was started all the same");
      await stage.pushToTrunk({ ".afk.yml": "limits:\n  fix_attempts: 3\n" }, "Mend the rules");
      await closed(stage, issue.number);
    },
  },
  {
    name: "protected-path",
    shows: "a change that touches a protected path has landed by push: a person is told, nothing freezes",
    turns: 2,
    threads: 2,
    async play(stage) {
      await stage.tested({ ".afk.yml": 'protected: ["src/feature-*"]\n' });
      const first = stage.readyIssue("Touches it");
      await handedOver(stage, first.number, "for people to see first");
      const second = stage.readyIssue("Touches it too");
      await handedOver(stage, second.number, "for people to see first");
    },
  },
  {
    name: "protected-path-proposed",
    shows: "a pull request that touches a protected path is handed over before it lands",
    turns: 1,
    threads: 1,
    settings: { AFK_LANDING: "pull-request", AFK_MERGE: "when-green" },
    async play(stage) {
      await stage.tested({ ".afk.yml": 'protected: ["src/feature-*"]\n' });
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "for people to see first");
      expect(landings(stage) === 0, "it was merged all the same");
    },
  },
];
