/** A trunk that cannot be compared for as long as a review takes: what people do to the pull request counts all the same. */
import { describe, expect, test } from "vitest";
import { NOT_LOOKED } from "../../lib/core/proposal.ts";
import type { Run } from "../../lib/core/run.ts";
import { apply } from "../../lib/core/run-evolve.ts";
import { factsOf, type Look, observe } from "../../lib/core/run-facts.ts";
import { nextAction } from "../../lib/core/run-state-machine.ts";
import { tooLong } from "../../lib/core/types.ts";
import {
  aConfig,
  aLook,
  anEvent,
  anIssue,
  aProposal,
  aProposing,
  aRun,
  aVerdict,
  aView,
  LIMITS,
  PACE,
  read,
  SHA,
  SHA2,
  T0,
  UNREADABLE,
} from "./kit.ts";

const NOW = T0 + 10_000;
const facts = (run: Run, over: Partial<Look>) => factsOf(run, aLook(over), aConfig(), NOW, null);

const at = (over: Parameters<typeof aProposal>[0] = {}): Look["proposal"] => ({
  ...NOT_LOOKED,
  found: read(aProposal(over)),
});

describe("a trunk that cannot be compared", () => {
  const none = { ...NOT_LOOKED, found: read(null) };
  const unreadPull = { ...NOT_LOOKED, found: UNREADABLE };
  const long = tooLong();

  test.each<[string, Look["trunk"], Look["proposal"], string]>([
    ["too long, and it is open", long, at(), "no"],
    ["too long, and it was turned to another branch", long, { ...none, elsewhere: true }, "no"],
    ["too long, and it was closed", long, at({ state: "closed" }), "no"],
    ["too long, and it was merged, as no commit yet", long, at({ state: "merged" }), "unknown"],
    ["too long, and there is none", long, none, "unknown"],
    ["too long, and it cannot be read", long, unreadPull, "unknown"],
    ["unread, and it is open", UNREADABLE, at(), "unknown"],
    ["unread, and it was closed", UNREADABLE, at({ state: "closed" }), "unknown"],
  ])("%s", (_, unreadTrunk, proposal, pushed) => {
    expect(facts(aProposing(), { trunk: unreadTrunk, proposal }).pushed).toBe(pushed);
  });

  test("is no reason to take a run that lands by push for unpushed", () => {
    expect(facts(aRun(), { trunk: long }).pushed).toBe("unknown");
  });

  test("leaves a close by somebody's commit a person's, where nothing of ours has landed", () => {
    const issue = read({ type: "present" as const, issue: anIssue({ state: "closed" }), forgeIso: null });
    const events = read([anEvent(), anEvent({ id: "5002", type: "closed", label: null, commit: SHA2 })]);
    const told = (over: Partial<Look>) => facts(aProposing(), { issue, events, proposal: at(), ...over }).issue;
    expect(told({ trunk: long })).toBe("closed_by_person");
    expect(told({ trunk: UNREADABLE })).toBe("unknown");
  });

  const waitsFor = (run: Partial<Run>, over: Partial<Look>) =>
    observe(aProposing({ waitingSince: T0 }, run), aLook({ trunk: UNREADABLE, proposal: at(), ...over }), NOW).proposal;
  const stop = { by: "ada" };
  const unlabelled: Partial<Look> = {
    issue: read({ type: "present", issue: anIssue({ labels: [] }), forgeIso: null }),
    events: read([anEvent(), anEvent({ id: "5002", type: "unlabeled" })]),
  };

  test.each<[string, Partial<Run>, Partial<Look>]>([
    ["ordered it to stop", { stop }, {}],
    ["took the label off", {}, unlabelled],
    ["closed it", {}, { proposal: at({ state: "closed" }) }],
    ["merged it, as no commit yet", {}, { proposal: at({ state: "merged" }) }],
    ["took it away", {}, { proposal: none }],
  ])("is not waited for without an end once people %s", (_, run, over) => {
    expect(waitsFor(run, over)).toMatchObject({ waitingSince: null, waitedMs: 10_000 });
  });

  test.each<[string, Partial<Run>, Partial<Look>]>([
    ["they have said nothing yet", {}, {}],
    ["it was turned to another branch", {}, { proposal: { ...none, elsewhere: true } }],
    ["it cannot be read either", {}, { proposal: unreadPull }],
    ["it is merely too long: what was ordered is obeyed", { stop }, { trunk: long }],
    ["the trunk can be read", { stop }, { trunk: aLook().trunk }],
  ])("leaves people their time while %s", (_, run, over) => {
    expect(waitsFor(run, over)).toMatchObject({ waitingSince: T0, waitedMs: 0 });
  });
});

describe("people are heard", () => {
  /** What is decided of a run at rest whose head is green, look after look, until it ends; then after how long. */
  function told(start: Run, unreadTrunk: Look["trunk"], looks: number): string[] {
    const proposal = { ...at(), verdict: aVerdict("green"), remarks: read([]) };
    const look = aLook({ trunk: unreadTrunk, proposal, thread: { type: "view", view: aView({ state: "done" }) } });
    const decided: string[] = [];
    let [run, now] = [start, NOW];
    for (let n = 0; n < looks && run.outcome === null; n++) {
      const observed = observe(run, look, now);
      const action = nextAction(observed, factsOf(observed, look, aConfig(), now, null), PACE, now);
      run = apply(observed, action, { now, forgeIso: null, notifiers: [] });
      decided.push(`${action.row} ${action.type === "end" ? action.decision : action.type}`);
      now = Math.max(now, run.nextLookAt);
    }
    return decided;
  }
  const proposing = (run: Partial<Run> = {}) =>
    aProposing({ waitingSince: T0, holdsRepo: false }, { touched: { [SHA]: [] }, ...run });
  const stop = { by: "ada" };

  test("a trunk that is too long leaves the wait for them as it is, with its reminder", () => {
    const waits = aProposing({ waitingSince: NOW - PACE.reviewReminderMs }, { touched: { [SHA]: [] } });
    expect(told(waits, tooLong(), 2)).toEqual(["22 remind", "22 wait"]);
  });

  test("ordered to stop beside one that is too long, it stops", () => {
    expect(told(proposing({ stop }), tooLong(), 9)).toEqual(["3 wait", "3 fence", "3 withdraw"]);
  });

  test("ordered to stop beside one that cannot be read, it ends with its own time", () => {
    const decided = told(proposing({ stop }), UNREADABLE, LIMITS.runMs / PACE.pollMs + 2);
    expect([decided.at(0), decided.at(-1)]).toEqual(["11 wait", "7 escalate_prepush"]);
  });
});
