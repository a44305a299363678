/** Rare endings: branches of the table in lib/core/run-state-machine.ts that no other story reaches. */
import { closed, handedOver, withdrawn } from "../endings.ts";
import { atRest, claimedOnly, decided, givenBack, landed, remove, working } from "../moments.ts";
import { expect, landings, type Scenario } from "../scenario.ts";
import { DEV, REPO } from "../stage.ts";

export const rare: Scenario[] = [
  {
    name: "closed-by-a-person",
    shows: "a person closes the issue in mid-run: the agent is brought to rest, nothing lands",
    agent: "slow",
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await working(stage);
      stage.standIn.people.close({ repo: REPO, number: issue.number, by: DEV });
      await withdrawn(stage, issue.number, "a person closed the issue");
      await atRest(stage);
      expect(landings(stage) === 0, "something landed");
    },
  },
  {
    name: "deleted-before-push",
    shows: "the issue is deleted in mid-run: the agent is brought to rest, nothing lands",
    agent: "slow",
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await working(stage);
      remove(stage, issue.number);
      await decided(stage, "withdraw: withdrawn_by_person");
      await atRest(stage);
      expect(landings(stage) === 0, "something landed");
    },
  },
  {
    name: "deleted-after-push",
    shows: "the issue is deleted after the landing: the run ends as gone",
    ci: { off: true },
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await landed(stage, 1);
      remove(stage, issue.number);
      await decided(stage, "issue_gone: issue_gone");
    },
  },
  {
    name: "deleted-while-red",
    shows: "the issue is deleted while CI is red: gone, and the repo freezes",
    agent: "red-then-slow",
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("a fix is asked for", () => stage.turns().length === 2);
      remove(stage, issue.number);
      await decided(stage, "issue_gone: issue_gone");
      await atRest(stage);
      await stage.until("the phone tells", () => stage.pushes(issue.number).some((bell) => bell.includes("gone")));
    },
  },
  {
    name: "whole-time-over",
    shows: "the run's whole time is over before anything landed: handed over",
    agent: "stall-before-push",
    settings: { AFK_RUN_MAX_SECONDS: "3" },
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "whole time");
      await atRest(stage);
    },
  },
  {
    name: "whole-time-over-after-push",
    shows: "the run's whole time is over while CI has not come: frozen",
    ci: { off: true },
    settings: { AFK_RUN_MAX_SECONDS: "30", AFK_CI_GRACE_SECONDS: "80" },
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await landed(stage, 1);
      await handedOver(stage, issue.number, "whole time");
    },
  },
  {
    name: "refused-at-the-first-turn",
    shows: "edited between the claim and the first turn: given back, the label stays, nothing starts",
    turns: 0,
    threads: 1,
    async play(stage) {
      const issue = await claimedOnly(stage, (number) =>
        stage.standIn.people.edit({ repo: REPO, number, by: DEV, body: "Something else." }),
      );
      await decided(stage, "withdraw: refused_at_start");
      await givenBack(stage, issue);
    },
  },
  {
    name: "kill-switch-before-the-first-turn",
    shows: "switched off between the claim and the first turn: given back, the label stays, nothing starts",
    turns: 0,
    threads: 0,
    async play(stage) {
      const issue = await claimedOnly(stage, () => stage.restartLoop({ AFK_KILL_SWITCH: "true" }));
      await decided(stage, "withdraw: kill_switch");
      await givenBack(stage, issue);
    },
  },
  {
    name: "fix-never-starts",
    shows: "the fix is accepted, but never started: fenced and frozen",
    agent: "red-then-fixed",
    settings: { AFK_START_SECONDS: "2" },
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      stage.ci.kill();
      await landed(stage, 1);
      await atRest(stage);
      stage.t3.t3.setWedged(true);
      stage.ci.restart();
      await handedOver(stage, issue.number, "never started");
    },
  },
  {
    name: "asks-again-in-a-fix",
    shows: "the agent asks in its fix, and asked before: frozen",
    agent: "asks-then-asks-in-fix",
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "asked a question");
      expect(stage.answers() === 1, "not exactly one question was answered");
    },
  },
  {
    name: "infra-twice",
    shows: "CI is cancelled, and cancelled again: frozen, no attempt spent",
    ci: { verdict: () => "cancelled" },
    settings: { AFK_CI_GRACE_SECONDS: "2" },
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "for reasons of its own");
      const asked = stage.asked("POST", /rerun/);
      // Forgejo cannot be asked; a person may, and nobody does.
      expect(asked === (stage.name === "github" ? 1 : 0), `it was asked to run again ${asked} times`);
    },
  },
  {
    name: "ci-waits-for-approval",
    shows: "CI waits for a person's approval: frozen",
    ci: { verdict: () => "action_required" },
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "waits for a person's approval");
    },
  },
  {
    name: "fix-time-over",
    shows: "the time for fixes is over: frozen",
    agent: "always-red",
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("a fix is asked for", () => stage.turns().length === 2);
      // A tighter limit holds at once.
      await stage.restartLoop({ AFK_FIX_FORWARD_MAX_SECONDS: "0.1" });
      await handedOver(stage, issue.number, "time");
    },
  },
  {
    name: "closed-by-a-person-while-red",
    shows: "a person closes the issue while the fix is under way, and CI stays red: frozen, no other turn",
    agent: "always-red",
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await stage.until("a fix is asked for", () => stage.turns().length === 2);
      stage.standIn.people.close({ repo: REPO, number: issue.number, by: DEV });
      await decided(stage, "freeze_escalate: red");
    },
  },
  {
    name: "thread-gone",
    shows: "the thread is deleted by another's hand after a red landing: frozen",
    ci: { verdict: ({ trunkRun }) => (trunkRun === 1 ? "failure" : undefined) },
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      stage.ci.kill();
      await landed(stage, 1);
      await atRest(stage);
      await stage.deleteThread();
      stage.ci.restart();
      await handedOver(stage, issue.number, "thread is gone");
    },
  },
  {
    name: "red-not-answered",
    shows: "the fix brings no new commit: frozen, at the second look",
    agent: "red-then-nothing",
    turns: 2,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await handedOver(stage, issue.number, "CI is red");
    },
  },
  {
    name: "lingers",
    shows: "landed and green, but the agent never ends: closed when the whole time is over",
    agent: "lingers",
    settings: { AFK_RUN_MAX_SECONDS: "30" },
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await closed(stage, issue.number);
      await atRest(stage);
    },
  },
  {
    name: "will-not-stop",
    shows: "the label is taken off and the agent does not stop: withdrawn when the whole time is over",
    agent: "deaf",
    settings: { AFK_RUN_MAX_SECONDS: "6" },
    turns: 1,
    threads: 1,
    async play(stage) {
      const issue = stage.readyIssue();
      await working(stage);
      stage.standIn.people.unlabel({ repo: REPO, number: issue.number, by: DEV, label: "ready-for-agent" });
      await withdrawn(stage, issue.number, "a person removed the label");
    },
  },
];
