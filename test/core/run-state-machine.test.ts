import { describe, expect, test } from "vitest";
import type { Action } from "../../lib/core/actions.ts";
import type { Act } from "../../lib/core/acts.ts";
import type { VerdictWord } from "../../lib/core/ci-verdict.ts";
import type { DeployFact, Facts, IssueFact, ThreadFact } from "../../lib/core/facts.ts";
import type { Outcome, Reason, Run } from "../../lib/core/run.ts";
import { nextAction } from "../../lib/core/run-state-machine.ts";
import type { AgentRequest } from "../../lib/core/types.ts";
import {
  aCheck,
  anAct,
  anOutcome,
  aProposal,
  aProposing,
  aRun,
  aTurn,
  aVerdict,
  LANDED_RUN,
  LIMITS,
  landedFacts,
  PACE,
  REASONS,
  SHA,
  SHA2,
  STARTED,
  someFacts,
  T0,
} from "./kit.ts";

const NOW = T0 + 60_000;
const END = T0 + LIMITS.runMs;
const POLL = PACE.pollMs;
const REST: ThreadFact = { type: "at_rest", how: "done" };
const REQUEST: AgentRequest = { id: "q-1", kind: "question", questions: [] };
const UNSENT = [aTurn()];
const SENT = [aTurn({ sentAt: T0 + 1 })];

const next = (run: Run, facts: Facts, now = NOW): Action => nextAction(run, facts, PACE, now);
const looked = (look: keyof Run["looks"], at: number): Run["looks"] => ({
  withdraw: null,
  atRest: null,
  redAnswered: null,
  [look]: at,
});
const waits = (row: number, untilMs: number, look: keyof Run["looks"] | null = null) => ({
  type: "wait",
  row,
  untilMs,
  look,
});
const ends = (row: number, decision: string, outcome: Outcome["type"], code: string, over: object = {}) => ({
  type: "end",
  row,
  decision,
  outcome,
  reason: expect.objectContaining({ code }),
  freeze: decision === "freeze_escalate",
  givenBack: false,
  ...over,
});
const escalates = (row: number, code: string) => ends(row, "escalate_prepush", "escalated", code);
const freezes = (row: number, code: string) => ends(row, "freeze_escalate", "frozen", code);

describe("rows 1 and 2: what is decided stays", () => {
  test("a settled run never moves", () => {
    const run = aRun({ outcome: anOutcome(), settledAt: NOW });
    expect(next(run, someFacts())).toEqual({ type: "none", row: 1 });
    expect(next(run, someFacts({ issue: "gone", stopped: { code: "kill_switch" } }), END * 2)).toEqual({
      type: "none",
      row: 1,
    });
  });

  test("a settling run finishes its acts", () => {
    expect(next(aRun({ outcome: anOutcome() }), someFacts({ issue: "gone" }), END)).toEqual({ type: "finish", row: 2 });
  });
});

describe("row 3: the issue is withdrawn before anything is pushed", () => {
  const left: [IssueFact, string][] = [
    ["closed_by_person", "closed"],
    ["unlabelled", "unlabelled"],
    ["gone", "gone"],
  ];
  describe.each(left)("%s", (issue, how) => {
    const facts = someFacts({ issue });
    test("the first look waits a poll for the second", () => {
      expect(next(aRun(), facts)).toEqual(waits(3, POLL, "withdraw"));
    });

    test("the second look is due a poll after the first, not before", () => {
      expect(next(aRun({ looks: looked("withdraw", NOW - POLL + 1) }), facts)).toEqual(waits(3, 1, "withdraw"));
      expect(next(aRun({ looks: looked("withdraw", NOW - POLL) }), facts)).toEqual({ type: "fence", row: 3, how });
    });

    const fenced = { looks: looked("withdraw", T0), fenceBeforeWithdraw: true };
    test("a fenced thread is waited for until it is at rest; then the run is withdrawn", () => {
      expect(next(aRun(fenced), facts)).toEqual(waits(3, POLL));
      expect(next(aRun(fenced), { ...facts, thread: { type: "unknown" } })).toEqual(waits(3, POLL));
      const end = ends(3, "withdraw", "withdrawn", "withdrawn_by_person", {
        reason: { code: "withdrawn_by_person", how },
      });
      expect(next(aRun(fenced), { ...facts, thread: REST })).toEqual(end);
      expect(next(aRun({ ...fenced, turns: UNSENT }), { ...facts, thread: { type: "unknown" } })).toEqual(end);
    });

    test("a turn sent without an answer is waited for too", () => {
      expect(next(aRun({ ...fenced, turns: SENT }), { ...facts, thread: { type: "unknown" } })).toEqual(waits(3, POLL));
    });

    test("past the whole time it is withdrawn as it stands", () => {
      const run = aRun({ looks: looked("withdraw", T0) });
      expect(next(run, facts, END - 1)).toEqual({ type: "fence", row: 3, how });
      expect(next(run, facts, END)).toMatchObject({ type: "end", row: 3, decision: "withdraw" });
      expect(next(aRun(fenced), facts, END)).toMatchObject({ type: "end", row: 3, decision: "withdraw" });
    });

    test("wins over rows 6 to 12", () => {
      const run = aRun({ ...fenced, turns: UNSENT });
      expect(next(run, { ...facts, stopped: { code: "kill_switch" }, budgetOver: true, thread: REST })).toMatchObject({
        row: 3,
      });
    });
  });

  test("a push found by the last look makes the run go on", () => {
    const run = aRun({ ...LANDED_RUN, looks: looked("withdraw", T0), fenceBeforeWithdraw: true });
    expect(next(run, landedFacts({ issue: "unlabelled", verdict: aVerdict("pending") }))).toMatchObject({ row: 18 });
  });

  test.each(["as_taken", "closed_by_run", "unknown"] as const)("%s is no withdrawal", (issue) => {
    expect(next(aRun({ looks: looked("withdraw", T0) }), someFacts({ issue }))).toMatchObject({ row: 10 });
  });

  test("once fenced, a label put back is a new wish: the run is withdrawn all the same", () => {
    const run = aRun({ looks: looked("withdraw", T0), fenceBeforeWithdraw: true, turns: UNSENT });
    expect(next(run, someFacts({ issue: "as_taken", thread: { type: "unknown" } }))).toMatchObject({
      row: 3,
      decision: "withdraw",
    });
  });

  test.each(["closed", "pull_closed", undefined] as const)(
    "once fenced (%s), that is told though it be undone since",
    (fencedFor) => {
      const fence = { fenceBeforeWithdraw: true, ...(fencedFor && { fencedFor }) };
      const run = aRun({ looks: looked("withdraw", T0), ...fence, turns: UNSENT });
      expect(next(run, someFacts({ issue: "as_taken", thread: { type: "unknown" } }))).toMatchObject({
        reason: { code: "withdrawn_by_person", how: fencedFor ?? "unlabelled" },
      });
    },
  );

  test("a branch that cannot be read withdraws nothing", () => {
    const facts = someFacts({ issue: "closed_by_person", pushed: "unknown", thread: REST });
    expect(next(aRun({ looks: looked("withdraw", T0), fenceBeforeWithdraw: true }), facts)).toEqual(waits(11, POLL));
  });
});

describe("row 4: the issue is gone and something is, or may be, pushed", () => {
  const gone = (freeze: boolean) => ends(4, "issue_gone", "gone", "issue_gone", { freeze });
  const words: VerdictWord[] = ["none", "pending", "green", "red", "infra", "human", "unknown"];
  test.each(words)("with CI %s only a red freezes the repo", (word) => {
    const facts = landedFacts({ issue: "gone", verdict: aVerdict(word) });
    expect(next(LANDED_RUN, facts)).toEqual(gone(word === "red"));
  });

  test("wins over a success, the kill switch and the whole time; a branch unread suffices", () => {
    const facts = someFacts({ issue: "gone", pushed: "unknown", stopped: { code: "kill_switch" } });
    expect(next(aRun({ turns: UNSENT }), facts, END)).toEqual(gone(false));
  });
});

describe("row 5: success", () => {
  const success = ends(5, "close_success", "closed", "landed");
  const green = landedFacts({ verdict: aVerdict("green") });
  test.each([
    ["not_asked", true],
    ["live", true],
    ["pending", false],
    ["failed", false],
    ["unknown", false],
  ] as const)("green and the deploy %s: %s", (deploy, closes) => {
    const action = next(LANDED_RUN, { ...green, deploy });
    if (deploy === "live") expect(action).toMatchObject({ reason: { code: "landed", live: true } });
    if (closes) expect(action).toEqual(success);
    else expect(action).not.toMatchObject({ row: 5 });
  });

  test("no CI passes only where the repo says so, and no required check is missing", () => {
    const none = aVerdict("none");
    const unjudged = next(LANDED_RUN, landedFacts({ verdict: none, ci: "none" }));
    expect(unjudged).toEqual(success);
    expect(unjudged).toMatchObject({ reason: { code: "landed", unjudged: true } });
    expect(next(LANDED_RUN, landedFacts({ verdict: aVerdict("green"), ci: "none" }))).not.toHaveProperty(
      "reason.unjudged",
    );
    expect(next(LANDED_RUN, landedFacts({ verdict: none, ci: "required" }))).toMatchObject({ row: 18 });
    const missing = aVerdict("none", { missing: ["e2e"] });
    expect(next(LANDED_RUN, landedFacts({ verdict: missing, ci: "none" }))).toMatchObject({ row: 18 });
  });

  test.each<ThreadFact>([
    { type: "owed", waitedMs: null },
    { type: "working", silentMs: 0 },
    { type: "asking", request: null, silentMs: 0 },
    { type: "unknown" },
  ])("a thread that is not at rest ($type) holds it until the whole time is over", (thread) => {
    expect(next(LANDED_RUN, { ...green, thread }, END - 1)).not.toMatchObject({ row: 5 });
    expect(next(LANDED_RUN, { ...green, thread }, END)).toEqual(success);
  });

  test.each(["as_taken", "closed_by_person", "closed_by_run", "unlabelled", "unknown"] as const)(
    "an issue that is %s after the push takes nothing from it",
    (issue) => {
      expect(next(LANDED_RUN, { ...green, issue })).toEqual(success);
    },
  );

  test("wins over kill switch, budget and the whole time", () => {
    expect(next(LANDED_RUN, { ...green, stopped: { code: "kill_switch" }, budgetOver: true }, END)).toEqual(success);
    expect(next({ ...LANDED_RUN, turns: UNSENT }, { ...green, stopped: { code: "kill_switch" } })).toEqual(success);
  });

  test("green of a branch that is not known to be pushed is no success", () => {
    expect(next(aRun(), { ...green, pushed: "unknown", sha: null })).toEqual(waits(11, POLL));
  });
});

describe("row 3: a person ordered it to stop", () => {
  const stop = { by: "ada" };
  const handsOver = (decision: string, outcome: string) =>
    expect.objectContaining({ row: 3, decision, outcome, reason: { code: "stopped_by_person", by: "ada" } });

  test("with nothing pushed it is fenced and withdrawn, as if the label were gone", () => {
    const facts = someFacts();
    expect(next(aRun({ stop, turns: [STARTED] }), facts)).toMatchObject({ type: "wait", row: 3, look: "withdraw" });
    const looked = aRun({ stop, turns: [STARTED], looks: { withdraw: T0, atRest: null, redAnswered: null } });
    expect(next(looked, facts, T0 + PACE.pollMs)).toEqual({ type: "fence", row: 3, how: "stopped" });
    const fenced = { ...looked, fenceBeforeWithdraw: true };
    const rest = someFacts({ thread: { type: "at_rest", how: "done" } });
    expect(next(fenced, rest, T0 + PACE.pollMs)).toMatchObject({
      decision: "withdraw",
      reason: { code: "withdrawn_by_person", how: "stopped" },
    });
  });

  test.each<[string, Partial<Facts>, string, string]>([
    ["CI under way", { verdict: aVerdict("pending") }, "freeze_escalate", "frozen"],
    ["red", { verdict: aVerdict("red") }, "freeze_escalate", "frozen"],
    ["not judged", { verdict: aVerdict("unknown") }, "freeze_escalate", "frozen"],
    ["green, its agent at work", { thread: { type: "working", silentMs: 0 } }, "escalate_landed", "escalated"],
    ["green and not live", { deploy: "pending" }, "escalate_landed", "escalated"],
  ])("landed it is handed over: %s", (_, over, decision, outcome) => {
    const facts = landedFacts({ verdict: aVerdict("green"), ...over });
    expect(next({ ...LANDED_RUN, stop }, facts)).toEqual(handsOver(decision, outcome));
  });

  test("landed, green and at rest it is done: it is closed all the same", () => {
    expect(next({ ...LANDED_RUN, stop }, landedFacts({ verdict: aVerdict("green") }))).toMatchObject({ row: 5 });
  });

  test("what cannot be read decides nothing", () => {
    const facts = someFacts({ pushed: "unknown", thread: { type: "unknown" } });
    expect(next(aRun({ stop, turns: [STARTED] }), facts)).toMatchObject({ type: "wait", row: 11 });
  });
});

describe("row 6: given back", () => {
  const given = (code: string) => ends(6, "withdraw", "withdrawn", code, { givenBack: true });
  test("the kill switch, or a gate, before any turn left", () => {
    expect(next(aRun({ turns: UNSENT }), someFacts({ stopped: { code: "kill_switch" } }))).toEqual(
      given("kill_switch"),
    );
    const refused = aRun({ turns: UNSENT, gateRefusal: "repo frozen" });
    expect(next(refused, someFacts())).toEqual({
      ...given("refused_at_start"),
      reason: { code: "refused_at_start", detail: "repo frozen" },
    });
  });

  test("a pause before any turn left, with whose it is", () => {
    const facts = someFacts({ stopped: REASONS.paused });
    expect(next(aRun({ turns: UNSENT }), facts)).toEqual({ ...given("paused"), reason: REASONS.paused });
    expect(next(aRun({ turns: SENT }), facts)).toMatchObject({ row: 10 });
  });

  test("a turn sent without an answer counts as sent", () => {
    expect(next(aRun({ turns: SENT }), someFacts({ stopped: { code: "kill_switch" } }))).toMatchObject({ row: 10 });
    expect(next(aRun({ turns: SENT, gateRefusal: "repo frozen" }), someFacts())).toMatchObject({ row: 10 });
  });

  test("with the switch off and no gate's word nothing is given back", () => {
    expect(next(aRun({ turns: UNSENT }), someFacts({ thread: { type: "owed", waitedMs: null } }))).toMatchObject({
      row: 8,
    });
  });

  test("wins over the whole time", () => {
    expect(next(aRun({ turns: UNSENT }), someFacts({ stopped: { code: "kill_switch" } }), END)).toEqual(
      given("kill_switch"),
    );
  });
});

describe("row 7: the whole time or the budget is over", () => {
  test("the whole time is over at its very end, not before", () => {
    expect(next(aRun(), someFacts(), END - 1)).toEqual(waits(10, 1));
    expect(next(aRun(), someFacts(), END)).toEqual(escalates(7, "time_over"));
  });

  test("the budget's end says what was spent of what", () => {
    const run = aRun({ spend: { tokens: 1200, usd: 101 } });
    expect(next(run, someFacts({ budgetOver: true }))).toMatchObject({
      reason: { code: "budget", usd: 101, tokens: 1200, limitUsd: 100 },
    });
  });

  test("the budget ends it at once; both at once are told as time", () => {
    expect(next(aRun(), someFacts({ budgetOver: true }))).toEqual(escalates(7, "budget"));
    expect(next(aRun(), someFacts({ budgetOver: true }), END)).toEqual(escalates(7, "time_over"));
  });

  test("pushed by a turn that nobody saw accepted: the repo freezes all the same", () => {
    const run = aRun({ turns: SENT, commits: [SHA] });
    expect(next(run, landedFacts({ verdict: aVerdict("red"), thread: { type: "unknown" } }), END)).toEqual(
      freezes(7, "time_over"),
    );
  });

  test("pushed: the repo freezes", () => {
    expect(next(LANDED_RUN, landedFacts({ verdict: aVerdict("pending") }), END)).toEqual(freezes(7, "time_over"));
    expect(next(LANDED_RUN, landedFacts({ budgetOver: true }))).toEqual(freezes(7, "budget"));
  });

  test.each([
    ["no turn ever accepted", aRun({ turns: SENT }), "unknown"],
    ["not pushed", aRun(), "no"],
    ["nothing of ours known on the trunk", aRun(), "unknown"],
  ] as const)("%s: handed over without a freeze", (_, run, pushed) => {
    expect(next(run, someFacts({ pushed, thread: { type: "unknown" } }), END)).toEqual(escalates(7, "time_over"));
  });

  test("wins over rows 8 to 18, whatever cannot be read", () => {
    const unknowable = someFacts({
      issue: "unknown",
      thread: { type: "unknown" },
      pushed: "unknown",
      deploy: "unknown",
    });
    expect(next(aRun(), unknowable, END)).toEqual(escalates(7, "time_over"));
    const asking: ThreadFact = { type: "asking", request: REQUEST, silentMs: 0 };
    expect(next(aRun(), someFacts({ thread: asking, budgetOver: true }))).toEqual(escalates(7, "budget"));
    expect(next(LANDED_RUN, landedFacts({ verdict: aVerdict("red"), budgetOver: true }))).toEqual(freezes(7, "budget"));
  });
});

describe("row 8: a turn is owed", () => {
  const owed = (waitedMs: number | null) => someFacts({ thread: { type: "owed", waitedMs } });
  test("not accepted yet: wait, however long", () => {
    expect(next(aRun({ turns: SENT }), owed(null), END - POLL - 1)).toEqual(waits(8, POLL));
  });

  test("accepted: wait up to the start deadline, then hand over", () => {
    expect(next(aRun(), owed(0))).toEqual(waits(8, POLL));
    expect(next(aRun(), owed(LIMITS.startMs - 1))).toEqual(waits(8, 1));
    expect(next(aRun(), owed(LIMITS.startMs))).toEqual(escalates(8, "never_started"));
    expect(next(LANDED_RUN, { ...owed(LIMITS.startMs), pushed: "yes", sha: SHA })).toEqual(freezes(8, "never_started"));
    const action = next(aRun(), { ...owed(LIMITS.startMs), threadError: "no such model" });
    expect(action).toMatchObject({ type: "end", reason: { code: "never_started", detail: "no such model" } });
  });

  test("wins over a red: its answer is on the way", () => {
    const facts = landedFacts({ verdict: aVerdict("red"), thread: { type: "owed", waitedMs: 0 } });
    expect(next(LANDED_RUN, facts)).toEqual(waits(8, POLL));
  });
});

describe("row 9: the agent asks", () => {
  const asking = (request: AgentRequest | null, silentMs = 0) =>
    someFacts({ thread: { type: "asking", request, silentMs } });
  test.each(["question", "approval"] as const)("the first %s is answered", (kind) => {
    const request = { ...REQUEST, kind };
    expect(next(aRun(), asking(request))).toEqual({ type: "answer", row: 9, request });
  });

  test("a second one hands over", () => {
    expect(next(aRun({ requests: ["q-0"] }), asking(REQUEST))).toEqual(escalates(9, "asked_again"));
    const landed = aRun({ commits: [SHA], requests: ["q-0"] });
    expect(next(landed, { ...asking(REQUEST), pushed: "yes", sha: SHA })).toEqual(freezes(9, "asked_again"));
  });

  test("with the kill switch on even the first hands over", () => {
    expect(next(aRun(), { ...asking(REQUEST), stopped: { code: "kill_switch" } })).toEqual(escalates(9, "asked_again"));
  });

  test("the one already answered and still shown is not a second", () => {
    expect(next(aRun({ requests: ["q-1"] }), asking(REQUEST))).toEqual(waits(9, POLL));
    expect(next(aRun({ requests: ["q-1"] }), { ...asking(REQUEST), stopped: { code: "kill_switch" } })).toEqual(
      waits(9, POLL),
    );
  });

  test("one that cannot be read is waited for, up to the stall deadline", () => {
    expect(next(aRun(), asking(null, LIMITS.stallMs - 1))).toEqual(waits(9, 1));
    expect(next(aRun(), asking(null, LIMITS.stallMs))).toEqual(escalates(9, "stalled"));
    expect(next(aRun({ requests: ["q-1"] }), asking(REQUEST, LIMITS.stallMs))).toEqual(escalates(9, "stalled"));
  });
});

describe("row 10: the agent works", () => {
  const working = (silentMs: number) => someFacts({ thread: { type: "working", silentMs } });
  test("wait; past the stall deadline hand over", () => {
    expect(next(aRun(), working(0))).toEqual(waits(10, POLL));
    expect(next(aRun(), working(LIMITS.stallMs - 1))).toEqual(waits(10, 1));
    expect(next(aRun(), working(LIMITS.stallMs))).toEqual(escalates(10, "stalled"));
    expect(next(LANDED_RUN, { ...working(LIMITS.stallMs), pushed: "yes", sha: SHA })).toEqual(freezes(10, "stalled"));
  });

  test("the kill switch lets a turn at work end", () => {
    expect(next(aRun(), { ...working(0), stopped: { code: "kill_switch" } })).toEqual(waits(10, POLL));
  });

  test("wins over a red", () => {
    const facts = landedFacts({ verdict: aVerdict("red"), thread: { type: "working", silentMs: 0 } });
    expect(next(LANDED_RUN, facts)).toEqual(waits(10, POLL));
  });
});

describe("row 11: thread or branch unknown", () => {
  test("wait", () => {
    expect(next(aRun(), someFacts({ thread: { type: "unknown" } }))).toEqual(waits(11, POLL));
    expect(next(aRun(), someFacts({ thread: REST, pushed: "unknown" }))).toEqual(waits(11, POLL));
    const red = landedFacts({ thread: { type: "unknown" }, verdict: aVerdict("red") });
    expect(next(LANDED_RUN, red)).toEqual(waits(11, POLL));
  });
});

describe("row 12: at rest and nothing pushed", () => {
  const facts = someFacts({ thread: REST, threadError: "model refused" });
  test("needs two looks, a poll apart", () => {
    expect(next(aRun(), facts)).toEqual(waits(12, POLL, "atRest"));
    expect(next(aRun({ looks: looked("atRest", NOW - POLL + 1) }), facts)).toEqual(waits(12, 1, "atRest"));
    expect(next(aRun({ looks: looked("atRest", NOW - POLL) }), facts)).toEqual({
      ...escalates(12, "nothing_pushed"),
      reason: { code: "nothing_pushed", detail: "model refused" },
    });
  });

  test.each(["done", "failed", "gone"] as const)("holds for a thread that is %s", (how) => {
    const run = aRun({ looks: looked("atRest", T0) });
    expect(next(run, { ...facts, thread: { type: "at_rest", how } })).toEqual(escalates(12, "nothing_pushed"));
  });

  test("tells why the forge took no pull request, beside what the agent said", () => {
    const refused = anAct("propose", { type: "propose" }, { state: "refused", error: "422 not allowed (POST /pulls)" });
    expect(next(aRun({ looks: looked("atRest", T0), acts: [refused] }), facts)).toMatchObject({
      reason: { code: "nothing_pushed", detail: "model refused - no pull request could be opened: 422 not allowed" },
    });
    expect(next(aRun({ looks: looked("atRest", T0), acts: [refused] }), { ...facts, threadError: null })).toMatchObject(
      {
        reason: { detail: "no pull request could be opened: 422 not allowed" },
      },
    );
  });

  test("another row's first look is not its own", () => {
    expect(next(aRun({ looks: looked("redAnswered", T0) }), facts)).toEqual(waits(12, POLL, "atRest"));
  });

  test("calls nobody to an issue that cannot be read", () => {
    const unread = { ...facts, issue: "unknown" } as const;
    expect(next(aRun({ looks: looked("atRest", T0) }), unread)).toEqual(waits(12, POLL));
  });

  test("nor to one that a person took back, which cannot be read any more", () => {
    const unread = { ...facts, issue: "unknown" } as const;
    const fenced = aRun({ looks: looked("atRest", T0), fenceBeforeWithdraw: true });
    expect(next(fenced, unread)).toEqual(waits(3, POLL));
    expect(next(fenced, unread, END)).toEqual(escalates(7, "time_over"));
  });
});

describe("row 13: passed, the deploy pending", () => {
  const facts = (passedMs: number) => landedFacts({ verdict: aVerdict("green"), deploy: "pending", passedMs });
  test("wait; past its time the repo freezes", () => {
    expect(next(LANDED_RUN, facts(0))).toEqual(waits(13, POLL));
    expect(next(LANDED_RUN, facts(LIMITS.deployMs - 1))).toEqual(waits(13, 1));
    expect(next(LANDED_RUN, facts(LIMITS.deployMs))).toEqual(freezes(13, "deploy_overdue"));
  });

  test("overdue, it says what was last seen", () => {
    const live = { commit: SHA, hits: 0, hitAt: null, live: null, failed: null, seen: "the page answers 302" };
    const reason = { code: "deploy_overdue", seen: "the page answers 302" };
    expect(next({ ...LANDED_RUN, live }, facts(LIMITS.deployMs))).toMatchObject({ outcome: "frozen", reason });
  });

  test("a deploy that cannot be read is waited for", () => {
    expect(next(LANDED_RUN, { ...facts(0), deploy: "unknown" })).toMatchObject({ type: "wait" });
  });
});

describe("row 14: CI failed for reasons of its own", () => {
  const because = [
    aCheck("build", "cancelled", { runId: "11" }),
    aCheck("test", "timed_out", { runId: "11" }),
    aCheck("lint", "stale", { runId: "12" }),
    aCheck("status", "stale"),
  ];
  const infra = (over: Partial<Facts> = {}) => landedFacts({ verdict: aVerdict("infra", { because }), ...over });

  test("it is run again once, each CI run once", () => {
    expect(next(LANDED_RUN, infra())).toEqual({ type: "rerun", row: 14, sha: SHA, runIds: ["11", "12"] });
  });

  test("after the rerun the grace is waited for, then the repo freezes and the checks are named", () => {
    const rerun = (at: number) => aRun({ commits: [SHA], reruns: { [SHA]: at } });
    expect(next(rerun(NOW), infra())).toEqual(waits(14, POLL));
    expect(next(rerun(NOW - LIMITS.ciGraceMs + 1), infra())).toEqual(waits(14, 1));
    expect(next(rerun(NOW - LIMITS.ciGraceMs), infra())).toEqual({
      ...freezes(14, "infra"),
      reason: { code: "infra", checks: ["build", "test", "lint", "status"] },
    });
  });

  test.each<[string, Partial<Act>, number | null]>([
    ["it has not left", { state: "pending" }, POLL],
    ["it left a moment ago", { state: "acked", writtenAt: NOW - LIMITS.ciGraceMs + 1 }, 1],
    ["it left a grace ago", { state: "acked", writtenAt: NOW - LIMITS.ciGraceMs }, null],
    ["people know that it cannot leave", { state: "pending", told: true }, null],
  ])("the grace after the rerun runs from when it left: %s", (_what, over, waitMs) => {
    const rerun = anAct(`rerun-${SHA}`, { type: "rerun", sha: SHA, runIds: ["11"] }, over);
    const run = aRun({ commits: [SHA], reruns: { [SHA]: NOW - LIMITS.ciGraceMs }, acts: [rerun] });
    const frozen = expect.objectContaining({ decision: "freeze_escalate" });
    expect(next(run, infra())).toEqual(waitMs === null ? frozen : waits(14, waitMs));
  });

  test("a rerun of another commit does not count", () => {
    expect(next(aRun({ commits: [SHA], reruns: { [SHA2]: T0 } }), infra())).toMatchObject({ type: "rerun" });
  });

  test("where there is no CI run to rerun the grace of the commit decides", () => {
    const over = { verdict: aVerdict("infra", { because: [aCheck("status", "stale")] }) };
    expect(next(LANDED_RUN, infra({ ...over, commitAgeMs: LIMITS.ciGraceMs - 1 }))).toEqual(waits(14, 1));
    expect(next(LANDED_RUN, infra({ ...over, commitAgeMs: LIMITS.ciGraceMs }))).toEqual(freezes(14, "infra"));
  });

  test("where the forge cannot rerun a person has the grace to, however old the commit is", () => {
    const page = "https://forge.test/octo/widgets/actions/runs/7";
    const because = [{ ...aCheck("build", "cancelled"), runId: "7", url: page }];
    const stuck = (infraMs: number) =>
      infra({ canRerun: false, infraMs, commitAgeMs: 10 * LIMITS.ciGraceMs, verdict: aVerdict("infra", { because }) });
    expect(next(LANDED_RUN, stuck(LIMITS.ciGraceMs - 1))).toEqual(waits(14, 1));
    expect(next(LANDED_RUN, stuck(LIMITS.ciGraceMs))).toEqual({
      ...freezes(14, "infra"),
      reason: { code: "infra", checks: ["build"], pages: [page] },
    });
  });
});

describe("rows 15 and 16: red", () => {
  const red = (over: Partial<Facts> = {}) =>
    landedFacts({ verdict: aVerdict("red", { because: [aCheck("build", "failure")] }), ...over });
  const fix = { type: "fix_forward", row: 15, sha: SHA };
  const stops = (why: string) => ({ ...freezes(16, "red"), reason: { code: "red", checks: ["build"], why } });

  test.each(["as_taken", "closed_by_run"] as const)("is answered while the issue is %s", (issue) => {
    expect(next(LANDED_RUN, red({ issue }))).toEqual(fix);
  });

  test.each(["done", "failed"] as const)("is answered in a thread that is %s", (how) => {
    expect(next(LANDED_RUN, red({ thread: { type: "at_rest", how } }))).toEqual(fix);
  });

  test("a failed deploy of a commit that passed is answered too", () => {
    expect(next(LANDED_RUN, landedFacts({ verdict: aVerdict("green"), deploy: "failed" }))).toEqual(fix);
  });

  test("a failed deploy that is not answered is handed over in its own words, not as red checks", () => {
    const facts = landedFacts({ verdict: aVerdict("green"), deploy: "failed", stopped: { code: "kill_switch" } });
    const live = { commit: SHA, hits: 0, hitAt: null, live: null, failed: null, seen: "the check deploy failed" };
    const reason = { code: "deploy_failed", seen: "the check deploy failed", why: "kill_switch" };
    expect(next({ ...LANDED_RUN, live }, facts)).toMatchObject({ outcome: "frozen", freeze: true, reason });
  });

  test("what answers a failed deploy is proposed, where the change was", () => {
    const run = aProposing({ last: aProposal({ state: "merged" }) }, { commits: [SHA], answered: [SHA] });
    const facts = landedFacts({ verdict: aVerdict("green"), deploy: "failed" });
    const proposal = { type: "none", opening: "not asked" } as const;
    expect(next(run, { ...facts, proposal })).toEqual({ type: "propose", row: 12 });
  });

  test.each<[string, Partial<Run>, Partial<Facts>]>([
    ["kill_switch", {}, { stopped: { code: "kill_switch" } }],
    ["paused", {}, { stopped: REASONS.paused }],
    ["person", {}, { issue: "closed_by_person" }],
    ["person", {}, { issue: "unlabelled" }],
    ["person", { fenceBeforeWithdraw: true }, { issue: "as_taken" }],
    ["thread_gone", {}, { thread: { type: "at_rest", how: "gone" } }],
    ["attempts", { attempts: LIMITS.fixAttempts }, {}],
    ["attempts", { attempts: LIMITS.fixAttempts + 1 }, {}],
    ["time", { firstRedAt: NOW - LIMITS.fixMs }, {}],
    ["time", { firstRedAt: T0 - LIMITS.fixMs * 2 }, {}],
  ])("is not answered, and freezes the repo: %s (%j %j)", (why, run, facts) => {
    expect(next({ ...LANDED_RUN, ...run }, red(facts))).toEqual(stops(why));
  });

  test("the last attempt and the last moment still answer", () => {
    expect(next(aRun({ commits: [SHA], attempts: LIMITS.fixAttempts - 1 }), red())).toEqual(fix);
    expect(next(aRun({ commits: [SHA], firstRedAt: NOW - LIMITS.fixMs + 1 }), red())).toEqual(fix);
  });

  test("the same commit is answered once; that its answer brought nothing needs two looks", () => {
    const answered = aRun({ commits: [SHA], answered: [SHA] });
    expect(next(answered, red())).toEqual(waits(16, POLL, "redAnswered"));
    const nearly = { ...answered, looks: looked("redAnswered", NOW - POLL + 1) };
    expect(next(nearly, red())).toEqual(waits(16, 1, "redAnswered"));
    expect(next({ ...answered, looks: looked("redAnswered", NOW - POLL) }, red())).toEqual(stops("unanswered"));
  });

  test("an answer that the executor refused is told as that", () => {
    const turns = [STARTED, aTurn({ number: 2, purpose: "fix", sha: SHA, refused: "no such model" })];
    const answered = aRun({ commits: [SHA], answered: [SHA], turns, looks: looked("redAnswered", NOW - POLL) });
    expect(next(answered, red())).toMatchObject({
      row: 16,
      decision: "freeze_escalate",
      freeze: true,
      reason: { code: "turn_refused", detail: "no such model" },
    });
    expect(next({ ...answered, answered: [SHA2] }, red())).toEqual(fix);
    const before = { ...answered, turns: [...turns, aTurn({ number: 3, purpose: "fix", sha: SHA })] };
    expect(next(before, red())).toEqual(stops("unanswered"));
  });

  test("the next commit is answered anew", () => {
    expect(next(aRun({ commits: [SHA2, SHA], answered: [SHA2], attempts: 1 }), red())).toEqual(fix);
  });

  test("an issue that cannot be read neither answers nor ends it", () => {
    expect(next(LANDED_RUN, red({ issue: "unknown" }))).toEqual(waits(18, POLL));
    expect(next(aRun({ commits: [SHA], attempts: 9 }), red({ issue: "unknown" }))).toEqual(waits(18, POLL));
  });

  test("CI that waits for a person freezes the repo and names what waits", () => {
    const human = landedFacts({ verdict: aVerdict("human", { because: [aCheck("gate", "action_required")] }) });
    expect(next(LANDED_RUN, human)).toEqual({
      ...freezes(16, "ci_waits_for_approval"),
      reason: { code: "ci_waits_for_approval", checks: ["gate"] },
    });
  });
});

describe("row 17: no CI", () => {
  const none = (commitAgeMs: number) => landedFacts({ verdict: aVerdict("none", { missing: ["e2e"] }), commitAgeMs });
  test("past the grace it is handed over, without a freeze, naming what never reported", () => {
    expect(next(LANDED_RUN, none(LIMITS.ciGraceMs - 1))).toEqual(waits(18, 1));
    expect(next(LANDED_RUN, none(LIMITS.ciGraceMs))).toEqual({
      ...ends(17, "escalate_no_ci", "escalated", "no_ci"),
      reason: { code: "no_ci", missing: ["e2e"] },
    });
  });
});

describe("rows 23 and 24: for a person to see first", () => {
  const green = (over: Partial<Facts> = {}) => landedFacts({ verdict: aVerdict("green"), ...over });
  const handsOver = (row: number, reason: Reason) => ({
    ...ends(row, "escalate_landed", "escalated", reason.code),
    reason,
  });

  test("a protected path is handed over, without a freeze, whatever the deploy does", () => {
    const reason: Reason = { code: "protected_path", paths: [".afk.yml"] };
    expect(next(LANDED_RUN, green({ touched: [".afk.yml"] }))).toEqual(handsOver(24, reason));
    expect(next(LANDED_RUN, green({ touched: [".afk.yml"], deploy: "pending" }))).toEqual(handsOver(24, reason));
    expect(next(LANDED_RUN, green({ touched: null }))).toEqual(waits(24, POLL));
  });

  test("where the repo asks for it, nothing is closed without verified red to green", () => {
    expect(next(LANDED_RUN, green({ evidence: "verified" }))).toMatchObject({ row: 5 });
    expect(next(LANDED_RUN, green({ evidence: "pending" }))).toEqual(waits(23, POLL));
    expect(next(LANDED_RUN, green({ evidence: "lacking" }))).toEqual(handsOver(23, { code: "unproven" }));
  });

  test("what could not be read in the whole time is handed over as that", () => {
    expect(next(LANDED_RUN, green({ touched: null }), END)).toMatchObject({ row: 7, decision: "freeze_escalate" });
    expect(next(LANDED_RUN, green({ evidence: "pending" }), END)).toMatchObject({ row: 7 });
    expect(next(LANDED_RUN, green({ evidence: "lacking" }), END)).toMatchObject({ row: 23 });
  });

  test("a red is answered first", () => {
    expect(
      next(LANDED_RUN, landedFacts({ verdict: aVerdict("red"), touched: null, evidence: "lacking" })),
    ).toMatchObject({ type: "fix_forward" });
  });
});

describe("row 25: red before us", () => {
  const red = (over: Partial<Facts>) =>
    landedFacts({ verdict: aVerdict("red", { because: [aCheck("lint", "failure")] }), ...over });

  test("no agent is sent after it", () => {
    expect(next(LANDED_RUN, red({ fault: "before_us" }))).toEqual({
      ...freezes(25, "red_before"),
      reason: { code: "red_before", checks: ["lint"] },
    });
  });

  test("nothing is spent before it is known", () => {
    expect(next(LANDED_RUN, red({ fault: "unread" }))).toEqual(waits(25, POLL));
  });

  test("a red that was answered is judged as that", () => {
    const run = aRun({ commits: [SHA], answered: [SHA], attempts: 1 });
    expect(next(run, red({ fault: "unread" }))).toMatchObject({ row: 16, look: "redAnswered" });
  });
});

describe("row 18: not known yet", () => {
  test.each(["pending", "unknown"] as const)("%s waits, for the poll or the end of the grace", (word) => {
    const facts = (commitAgeMs: number) => landedFacts({ verdict: aVerdict(word), commitAgeMs });
    expect(next(LANDED_RUN, facts(0))).toEqual(waits(18, POLL));
    expect(next(LANDED_RUN, facts(LIMITS.ciGraceMs - 10))).toEqual(waits(18, 10));
    expect(next(LANDED_RUN, facts(LIMITS.ciGraceMs))).toEqual(waits(18, POLL));
    expect(next(LANDED_RUN, facts(LIMITS.ciGraceMs * 9))).toEqual(waits(18, POLL));
  });
});

describe("a wait", () => {
  test("ends with the whole time", () => {
    expect(next(aRun(), someFacts(), END - 5)).toEqual(waits(10, 5));
    expect(next(LANDED_RUN, landedFacts({ verdict: aVerdict("pending") }), END - 5)).toEqual(waits(18, 5));
  });

  test("takes the nearest of poll, deadline and end", () => {
    const facts = someFacts({ thread: { type: "working", silentMs: LIMITS.stallMs - 7 } });
    expect(next(aRun(), facts, END - 9)).toEqual(waits(10, 7));
    expect(next(aRun(), facts, END - 3)).toEqual(waits(10, 3));
  });
});

// ---- the product: every combination of facts, against the table written down a second time

const ISSUES: IssueFact[] = ["as_taken", "closed_by_person", "closed_by_run", "unlabelled", "gone", "unknown"];
const THREADS: ThreadFact[] = [
  { type: "owed", waitedMs: null },
  { type: "owed", waitedMs: LIMITS.startMs - 1 },
  { type: "owed", waitedMs: LIMITS.startMs },
  { type: "working", silentMs: 0 },
  { type: "working", silentMs: LIMITS.stallMs },
  { type: "asking", request: REQUEST, silentMs: 0 },
  { type: "asking", request: REQUEST, silentMs: LIMITS.stallMs },
  { type: "asking", request: null, silentMs: 0 },
  { type: "at_rest", how: "done" },
  { type: "at_rest", how: "failed" },
  { type: "at_rest", how: "gone" },
  { type: "unknown" },
];
const WORDS: VerdictWord[] = ["none", "pending", "green", "red", "infra", "human", "unknown"];
const DEPLOYS: DeployFact[] = ["not_asked", "pending", "live", "failed", "unknown"];
/** Ages of commit and pass: before and at every deadline that hangs on them. */
const AGES = [0, LIMITS.deployMs];
const TIMES = [NOW, END - 1, END, END + POLL];
const RUNS: Partial<Run>[] = [
  {},
  { turns: UNSENT },
  { turns: UNSENT, gateRefusal: "repo frozen" },
  { turns: SENT },
  { attempts: LIMITS.fixAttempts },
  { attempts: LIMITS.fixAttempts - 1, firstRedAt: NOW },
  { firstRedAt: T0 - LIMITS.fixMs },
  { answered: [SHA], attempts: 1, turns: [STARTED, { ...STARTED, number: 2 }] },
  { requests: ["q-0"] },
  { requests: ["q-1"], reruns: { [SHA]: T0 } },
  { looks: { withdraw: T0, atRest: T0, redAnswered: T0 }, answered: [SHA] },
  { looks: { withdraw: T0, atRest: null, redAnswered: null }, fenceBeforeWithdraw: true },
  { outcome: anOutcome() },
  { outcome: anOutcome({ type: "frozen" }), settledAt: NOW },
];

/** What the repo's rules, and a look at the trunk before the change, may say of a commit that landed. */
const EXTRAS: [words: VerdictWord[], Partial<Facts>][] = [
  [WORDS, {}],
  [["green"], { touched: null }],
  [["green"], { touched: [".afk.yml"] }],
  [["green"], { touched: null, evidence: "lacking" }],
  [["green", "none"], { evidence: "pending" }],
  [["green", "pending"], { evidence: "lacking" }],
  [["green"], { evidence: "verified" }],
  [["red"], { fault: "unread" }],
  [["red"], { fault: "before_us" }],
];

interface Case {
  run: Run;
  facts: Facts;
  now: number;
  over: boolean;
}

/** The header of the state machine, as predicates in its order. */
const TABLE: [row: number, holds: (one: Case) => boolean][] = [
  [1, ({ run }) => run.settledAt !== null],
  [2, ({ run }) => run.outcome !== null],
  [
    3,
    ({ run, facts, over }) =>
      facts.pushed === "no" && (isLeft(facts) || (run.fenceBeforeWithdraw && (facts.issue !== "unknown" || !over))),
  ],
  [4, ({ facts }) => facts.pushed !== "no" && facts.issue === "gone"],
  [24, (one) => mayClose(one) && (one.facts.touched === null ? !one.over : one.facts.touched.length > 0)],
  [23, (one) => mayClose(one) && one.facts.touched !== null && lacks(one)],
  [5, (one) => mayClose(one) && ["live", "not_asked"].includes(one.facts.deploy) && isSeen(one)],
  [
    6,
    ({ run, facts }) =>
      run.turns.every((turn) => turn.sentAt === null) && (facts.stopped !== null || run.gateRefusal !== null),
  ],
  [7, ({ facts, over }) => over || facts.budgetOver],
  [8, ({ facts }) => facts.thread.type === "owed"],
  [9, ({ facts }) => facts.thread.type === "asking"],
  [10, ({ facts }) => facts.thread.type === "working"],
  [11, ({ facts }) => facts.thread.type === "unknown" || facts.pushed === "unknown"],
  [12, ({ facts }) => facts.pushed === "no"],
  [13, (one) => passed(one) && !["failed", "unknown"].includes(one.facts.deploy)],
  [14, ({ facts }) => facts.verdict.word === "infra"],
  [
    25,
    ({ run, facts }) =>
      facts.verdict.word === "red" &&
      facts.issue !== "unknown" &&
      facts.fault !== "ours" &&
      !run.answered.includes(facts.sha ?? ""),
  ],
  [15, (one) => isRed(one) && one.facts.issue !== "unknown" && mayAnswer(one)],
  [16, (one) => (isRed(one) && one.facts.issue !== "unknown") || one.facts.verdict.word === "human"],
  [17, ({ facts }) => facts.verdict.word === "none" && facts.commitAgeMs >= LIMITS.ciGraceMs],
  [18, () => true],
];
const isLeft = (facts: Facts) => ["gone", "closed_by_person", "unlabelled"].includes(facts.issue);
const passed = ({ facts }: Case) => facts.pushed === "yes" && facts.verdict.word === "green";
const mayClose = (one: Case) => passed(one) && (atRest(one) || one.over);
const lacks = ({ facts, over }: Case) => facts.evidence === "lacking" || (facts.evidence === "pending" && !over);
const isSeen = ({ facts }: Case) =>
  facts.touched?.length === 0 && (facts.evidence === "not_asked" || facts.evidence === "verified");
const atRest = ({ facts }: Case) => facts.thread.type === "at_rest";
const isRed = (one: Case) => one.facts.verdict.word === "red" || (passed(one) && one.facts.deploy === "failed");
const mayAnswer = ({ run, facts, now }: Case) =>
  facts.stopped === null &&
  !run.fenceBeforeWithdraw &&
  !run.answered.includes(facts.sha ?? "") &&
  run.attempts < LIMITS.fixAttempts &&
  (run.firstRedAt === null || now - run.firstRedAt < LIMITS.fixMs) &&
  !(facts.thread.type === "at_rest" && facts.thread.how === "gone") &&
  (facts.issue === "as_taken" || facts.issue === "closed_by_run");

const STOPS: Facts["stopped"][] = [null, { code: "kill_switch" }];

function* product(): Generator<Case> {
  for (const over of RUNS)
    for (const pushed of ["yes", "no", "unknown"] as const) {
      const run = aRun({ ...over, commits: pushed === "yes" ? [SHA] : [] });
      const sha = pushed === "yes" ? SHA : null;
      for (const now of TIMES)
        for (const stopped of STOPS)
          for (const issue of ISSUES)
            for (const thread of THREADS)
              for (const word of pushed === "yes" ? WORDS : (["unknown"] as const))
                for (const deploy of word === "green" ? DEPLOYS : (["not_asked"] as const))
                  for (const age of AGES) {
                    const verdict = aVerdict(word, { because: [aCheck("build", "odd", { runId: "11" })] });
                    const ages = { commitAgeMs: age, passedMs: age };
                    for (const [words, more] of pushed === "yes" ? EXTRAS : EXTRAS.slice(0, 1)) {
                      if (pushed === "yes" && !words.includes(word)) continue;
                      const common = { issue, thread, pushed, sha, verdict, deploy, stopped };
                      yield { run, facts: someFacts({ ...common, ...ages, ...more }), now, over: now >= END };
                    }
                  }
    }
}

/** What must hold of every decision, whatever the facts: name and whether it is broken. */
const NEVER: [string, (one: Case, action: Action) => boolean][] = [
  ["a settled run moves", ({ run }, action) => run.settledAt !== null && action.type !== "none"],
  [
    "a decided run decides again",
    ({ run }, action) => run.outcome !== null && !["none", "finish"].includes(action.type),
  ],
  [
    "an unknown issue ends a run as left",
    ({ facts }, action) =>
      facts.issue === "unknown" && action.type !== "wait" && (action.row === 3 || action.row === 4),
  ],
  [
    "an unknown issue calls somebody who may have taken it back",
    ({ facts }, action) => facts.issue === "unknown" && action.type === "end" && action.row === 12,
  ],
  ["an unknown issue is spent on", ({ facts }, action) => facts.issue === "unknown" && action.type === "fix_forward"],
  [
    "an unknown thread ends what hangs on it",
    ({ facts }, action) =>
      facts.thread.type === "unknown" && action.type === "end" && ![3, 4, 5, 6, 7, 23, 24].includes(action.row),
  ],
  [
    "an unknown thread counts as at rest before the time is over",
    ({ facts, over }, action) => facts.thread.type === "unknown" && [5, 23, 24].includes(action.row) && !over,
  ],
  [
    "an unknown branch ends what hangs on it",
    ({ facts }, action) =>
      facts.pushed === "unknown" && action.type === "end" && ![4, 6, 7, 8, 9, 10].includes(action.row),
  ],
  [
    "an unknown verdict ends what hangs on it",
    ({ facts }, action) =>
      facts.verdict.word === "unknown" && action.type === "end" && (action.row === 5 || action.row > 12),
  ],
  [
    "an unknown verdict is spent on",
    ({ facts }, action) => facts.verdict.word === "unknown" && ["fix_forward", "rerun"].includes(action.type),
  ],
  [
    "an unknown deploy closes or is answered",
    ({ facts }, action) => facts.deploy === "unknown" && (action.row === 5 || action.type === "fix_forward"),
  ],
  [
    "closed unseen",
    ({ facts }, action) =>
      action.type === "end" &&
      action.decision === "close_success" &&
      (facts.touched?.length !== 0 || facts.evidence === "lacking" || facts.evidence === "pending"),
  ],
  [
    "an agent sent after what was red before",
    ({ facts }, action) => action.type === "fix_forward" && facts.fault !== "ours",
  ],
  ["a fix of what is not red", (one, action) => action.type === "fix_forward" && !isRed(one)],
  ["a fix of what is not pushed", ({ facts }, action) => action.type === "fix_forward" && facts.pushed !== "yes"],
  [
    "a fix beside a turn at work",
    ({ facts }, action) => action.type === "fix_forward" && facts.thread.type !== "at_rest",
  ],
  ["a fix that may not be", (one, action) => action.type === "fix_forward" && !mayAnswer(one)],
  ["a fix past the whole time", ({ over }, action) => action.type === "fix_forward" && over],
  ["a second answer", ({ run }, action) => action.type === "answer" && run.requests.length > 0],
  [
    "a turn while stopped",
    ({ facts }, action) => facts.stopped !== null && ["fix_forward", "answer"].includes(action.type),
  ],
  [
    "nothing decided past the whole time",
    ({ run, over }, action) => over && run.settledAt === null && run.outcome === null && action.type !== "end",
  ],
  [
    "a wait longer than the poll, or backwards",
    (_, action) => action.type === "wait" && !(action.untilMs >= 0 && action.untilMs <= POLL),
  ],
  [
    "a wait past the end of the whole time",
    ({ now, over }, action) => action.type === "wait" && !over && now + action.untilMs > END,
  ],
  [
    "a repo frozen by what was never pushed",
    ({ run, facts }, action) =>
      action.type === "end" && action.freeze && run.commits.length === 0 && facts.issue !== "gone",
  ],
  [
    "a wish given back after a turn left",
    ({ run }, action) => action.type === "end" && action.givenBack && run.turns.some((turn) => turn.sentAt !== null),
  ],
  [
    "an outcome that is not its decision's",
    (_, action) => action.type === "end" && OUTCOME_OF[action.decision] !== action.outcome,
  ],
];
const OUTCOME_OF: Record<Extract<Action, { type: "end" }>["decision"], Outcome["type"]> = {
  close_success: "closed",
  escalate_prepush: "escalated",
  escalate_no_ci: "escalated",
  escalate_landed: "escalated",
  freeze_escalate: "frozen",
  withdraw: "withdrawn",
  issue_gone: "gone",
};

describe("every combination of facts", () => {
  test("falls to the first row of the table that holds, breaks no promise, and no row is left out", () => {
    const broken = new Map<string, string>();
    const reached = new Set<number>();
    let cases = 0;
    for (const one of product()) {
      cases += 1;
      const action = nextAction(one.run, one.facts, PACE, one.now);
      reached.add(action.row);
      const expected = TABLE.find(([, holds]) => holds(one))?.[0] ?? 0;
      if (action.row !== expected) note(`row ${action.row} instead of ${expected}`, one, action);
      for (const [name, isBroken] of NEVER) if (isBroken(one, action)) note(name, one, action);
    }
    function note(name: string, { run, facts, now }: Case, action: Action): void {
      if (!broken.has(name)) broken.set(name, JSON.stringify({ facts, now: now - T0, looks: run.looks, action }));
    }
    expect([...broken]).toEqual([]);
    expect([...reached].sort((a, b) => a - b)).toEqual([...Array.from({ length: 18 }, (_, at) => at + 1), 23, 24, 25]);
    expect(cases).toBeGreaterThan(100_000);
  });

  test("leaves run and facts as they were, and decides the same again", () => {
    let cases = 0;
    for (const one of product()) {
      cases += 1;
      if (cases % 97 !== 0) continue;
      const before = structuredClone([one.run, one.facts]);
      const action = nextAction(one.run, one.facts, PACE, one.now);
      expect([one.run, one.facts]).toEqual(before);
      expect(nextAction(one.run, one.facts, PACE, one.now)).toEqual(action);
    }
  });

  test("a budget spent decides as the whole time does", () => {
    let cases = 0;
    for (const { run, facts, now, over } of product()) {
      cases += 1;
      if (over || cases % 13 !== 0) continue;
      const action = nextAction(run, { ...facts, budgetOver: true }, PACE, now);
      // What has passed is a matter of rows 23 and 24 still.
      if (action.row > 7 && action.row < 23) expect.unreachable(`row ${action.row} with the budget spent`);
    }
  });
});
