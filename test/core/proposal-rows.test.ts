/** The rows of a run that lands by pull request, each with what it does, what stops it, and what it must not do. */
import { describe, expect, test } from "vitest";
import type { Action } from "../../lib/core/actions.ts";
import type { Facts, IssueFact, ProposalFact, ThreadFact } from "../../lib/core/facts.ts";
import { newProposal, ownTimeMs } from "../../lib/core/proposal.ts";
import type { Run, TurnPurpose } from "../../lib/core/run.ts";
import { nextAction } from "../../lib/core/run-state-machine.ts";
import {
  aCheck,
  anAct,
  aProposing,
  aRun,
  aTurn,
  aVerdict,
  LIMITS,
  landedFacts,
  openFact,
  PACE,
  SHA,
  SHA2,
  STARTED,
  someFacts,
  T0,
} from "./kit.ts";

const NOW = T0 + 60_000;
const POLL = PACE.pollMs;
const PEOPLE = 10 * POLL;
const REST: ThreadFact = { type: "at_rest", how: "done" };
const GONE: ThreadFact = { type: "at_rest", how: "gone" };
const RED = aVerdict("red", { because: [aCheck("build", "failure")] });

const proposing = (proposal: ProposalFact, over: Partial<Facts> = {}): Facts =>
  someFacts({ thread: REST, pushed: "no", proposal, ...over });
const next = (run: Run, facts: Facts, now = NOW): Action => nextAction(run, facts, PACE, now);
const ends = (row: number, decision: string, code: string) =>
  expect.objectContaining({ type: "end", row, decision, reason: expect.objectContaining({ code }) });
const waits = (row: number, untilMs: number, over: object = {}) => ({
  type: "wait",
  row,
  untilMs,
  look: null,
  ...over,
});
const forPeople = (row = 22) => waits(row, PEOPLE, { people: true });

describe("row 12: nothing is proposed yet", () => {
  const unproposed = aRun({ proposal: newProposal("never") });
  const none = (opening: "not asked" | "pending" | "done" | "refused"): ProposalFact => ({ type: "none", opening });

  test("an agent that ended is followed by the pull request", () => {
    expect(next(unproposed, proposing(none("not asked")))).toEqual({ type: "propose", row: 12 });
  });

  test.each<[string, Partial<Facts>]>([
    ["failed", { thread: { type: "at_rest", how: "failed" } }],
    ["is gone", { thread: GONE }],
    ["ended with the kill switch on", { stopped: { code: "kill_switch" } }],
  ])("an agent that %s proposes nothing: handed over at the second look", (_, over) => {
    const facts = proposing(none("not asked"), over);
    expect(next(unproposed, facts)).toMatchObject({ type: "wait", row: 12, look: "atRest" });
    const looks = { withdraw: null, atRest: NOW - POLL, redAnswered: null };
    expect(next({ ...unproposed, looks }, facts)).toEqual(ends(12, "escalate_prepush", "nothing_pushed"));
  });

  test("what an agent has done waits for the end of a pause, and so does the mending of a red", () => {
    const paused = { stopped: { code: "paused", why: "a release" } } as const;
    const facts = proposing(none("not asked"), paused);
    const looks = { withdraw: null, atRest: NOW - POLL, redAnswered: NOW - POLL };
    expect(next({ ...unproposed, looks }, facts)).toEqual(waits(12, POLL));
    const mending = { ...unproposed, looks, commits: [SHA], answered: [SHA] };
    const red = { ...facts, pushed: "yes", sha: SHA, verdict: RED } as const;
    expect(next(mending, red)).toEqual(waits(12, POLL));
    expect(next(mending, { ...red, stopped: null })).toEqual({ type: "propose", row: 12 });
  });

  test("while it is being opened it is waited for", () => {
    expect(next(unproposed, proposing(none("pending")))).toEqual(waits(12, POLL));
  });

  test.each(["done", "refused"] as const)("%s and not there: handed over at the second look", (opening) => {
    expect(next(unproposed, proposing(none(opening)))).toMatchObject({ type: "wait", row: 12, look: "atRest" });
    const looks = { withdraw: null, atRest: NOW - POLL, redAnswered: null };
    const decided = next({ ...unproposed, looks }, proposing(none(opening)));
    expect(decided).toEqual(ends(12, "escalate_prepush", "nothing_pushed"));
  });

  test("what cannot be read ends nothing", () => {
    expect(next(unproposed, proposing({ type: "unknown" }))).toEqual(waits(11, POLL));
    expect(next(unproposed, proposing(none("not asked"), { issue: "unknown" }))).toEqual(waits(12, POLL));
  });
});

describe("row 3: a person closes the pull request", () => {
  test("seen twice, it is fenced, read once more, and withdrawn", () => {
    const closed = proposing({ type: "closed" });
    expect(next(aProposing(), closed)).toMatchObject({ type: "wait", row: 3, look: "withdraw" });
    const looks = { withdraw: NOW - POLL, atRest: null, redAnswered: null };
    expect(next(aProposing({}, { looks }), closed)).toEqual({ type: "fence", row: 3, how: "pull_closed" });
    const fenced = aProposing({}, { fenceBeforeWithdraw: true, turns: [aTurn({ sentAt: T0 })] });
    expect(next(fenced, closed)).toMatchObject({ reason: { code: "withdrawn_by_person", how: "pull_closed" } });
  });

  test("also while its agent is at work", () => {
    const looks = { withdraw: NOW - POLL, atRest: null, redAnswered: null };
    const facts = proposing({ type: "closed" }, { thread: { type: "working", silentMs: 0 } });
    expect(next(aProposing({}, { looks }), facts)).toEqual({ type: "fence", row: 3, how: "pull_closed" });
  });
});

describe("row 22: a person turned it to another branch", () => {
  const elsewhere = proposing({ type: "elsewhere" });

  test("people are waited for, and reminded: no other is proposed", () => {
    expect(next(aProposing(), elsewhere)).toEqual(forPeople());
    expect(next(aProposing({ waitingSince: NOW - PACE.reviewReminderMs }), elsewhere)).toEqual({
      type: "remind",
      row: 22,
    });
  });

  test("taken back it is withdrawn as ever", () => {
    expect(next(aProposing({}, { stop: { by: "ada" } }), elsewhere)).toMatchObject({ row: 3, look: "withdraw" });
  });
});

describe("row 19: in conflict or behind", () => {
  test("a conflict is one turn to update", () => {
    expect(next(aProposing(), proposing(openFact({ merges: "conflict" })))).toEqual({
      type: "update",
      row: 19,
      sha: SHA,
    });
  });

  test("it comes before no CI: no workflow runs on such a head", () => {
    const old = openFact({ merges: "conflict", verdict: aVerdict("none"), headAgeMs: LIMITS.ciGraceMs * 2 });
    expect(next(aProposing(), proposing(old))).toMatchObject({ type: "update" });
  });

  test.each([
    ["approved", "update"],
    ["none", "update"],
    ["required", "wait"],
    ["changes_requested", "wait"],
  ] as const)("behind with review %s: %s", (review, type) => {
    expect(next(aProposing(), proposing(openFact({ merges: "behind", review })))).toMatchObject({ type });
  });

  test.each<[string, Run, Partial<Facts>, string]>([
    ["attempts", aProposing({}, { attempts: LIMITS.fixAttempts }), {}, "attempts"],
    ["time", aProposing({}, { firstRedAt: NOW - LIMITS.fixMs }), {}, "time"],
    ["the thread", aProposing(), { thread: GONE }, "thread_gone"],
  ])("without %s left it is handed over, and nothing freezes", (_, run, over, why) => {
    const action = next(run, proposing(openFact({ merges: "conflict" }), over));
    expect(action).toMatchObject({
      row: 19,
      decision: "escalate_prepush",
      freeze: false,
      reason: { code: "outdated", why },
    });
  });

  test("answered once a head: a second look, then handed over", () => {
    const answered = aProposing({}, { answered: [SHA] });
    const conflict = proposing(openFact({ merges: "conflict" }));
    expect(next(answered, conflict)).toMatchObject({ type: "wait", row: 19, look: "redAnswered" });
    const looks = { withdraw: null, atRest: null, redAnswered: NOW - POLL };
    expect(next({ ...answered, looks }, conflict)).toEqual(ends(19, "escalate_prepush", "outdated"));
    const refused = refusedFor("update");
    expect(next({ ...answered, ...refused, looks }, conflict)).toEqual(ends(19, "escalate_prepush", "turn_refused"));
  });

  test("with the kill switch on people are waited for", () => {
    expect(
      next(aProposing(), proposing(openFact({ merges: "conflict" }), { stopped: { code: "kill_switch" } })),
    ).toEqual(forPeople(19));
  });
});

describe("the rows that judge a commit judge a head, and freeze nothing", () => {
  test("red: fix forward, in the same budgets", () => {
    const red = proposing(openFact({ verdict: RED }));
    expect(next(aProposing(), red)).toEqual({ type: "fix_forward", row: 15, sha: SHA });
    const spent = aProposing({}, { attempts: LIMITS.fixAttempts });
    expect(next(spent, red)).toMatchObject({ row: 16, decision: "escalate_prepush", freeze: false });
  });

  test("a head the merge queue put out is red though its checks are green", () => {
    const dropped = aProposing({ dropped: { head: SHA, commit: SHA2 } });
    expect(next(dropped, proposing(openFact()))).toEqual({ type: "fix_forward", row: 15, sha: SHA });
    expect(next(dropped, proposing(openFact({ head: SHA2 })))).toEqual(forPeople());
  });

  test("infra: run again once, then handed over", () => {
    const because = [aCheck("build", "cancelled", { runId: "9" })];
    const infra = proposing(openFact({ verdict: aVerdict("infra", { because }) }));
    expect(next(aProposing(), infra)).toEqual({ type: "rerun", row: 14, sha: SHA, runIds: ["9"] });
    const again = aProposing({}, { reruns: { [SHA]: NOW - LIMITS.ciGraceMs } });
    expect(next(again, infra)).toEqual(ends(14, "escalate_prepush", "infra"));
  });

  test("no CI past the grace is handed over", () => {
    const none = openFact({ verdict: aVerdict("none"), headAgeMs: LIMITS.ciGraceMs });
    expect(next(aProposing(), proposing(none))).toEqual(ends(17, "escalate_no_ci", "no_ci"));
  });

  test("nothing is judged of it while the issue cannot be read", () => {
    expect(next(aProposing(), proposing(openFact(), { issue: "unknown" }))).toEqual(waits(18, POLL));
  });

  test.each(["pending", "unknown"] as const)("%s: wait, and the run's time runs", (word) => {
    const action = next(aProposing(), proposing(openFact({ verdict: aVerdict(word) })));
    expect(action).toEqual(waits(18, POLL));
  });
});

function refusedFor(purpose: TurnPurpose): Partial<Run> {
  return { turns: [STARTED, aTurn({ number: 2, purpose, sha: SHA, refused: "no such model" })] };
}

describe("row 20: people said something", () => {
  const said = (remarks: string[] | null, over: Partial<Facts> = {}) => proposing(openFact({ remarks }), over);
  const since = (ms: number) => ({ remarkedAt: NOW - ms });

  test("it is collected, then answered with one turn", () => {
    const both = said(["review:1", "comment:2"]);
    expect(next(aProposing(since(20_000)), both)).toEqual(waits(20, POLL));
    expect(next(aProposing(since(50_000)), both)).toEqual(waits(20, 10_000));
    const action = next(aProposing(since(60_000)), both);
    expect(action).toEqual({ type: "review", row: 20, sha: SHA, remarks: ["review:1", "comment:2"] });
  });

  test("its time stands still while it waits for people: an end that comes no nearer is not looked for", () => {
    const waitingSince = T0 + LIMITS.runMs - 1;
    const later = waitingSince + 20_000;
    const run = aProposing({ remarkedAt: later, waitingSince });
    expect(next(run, said(["review:1"]), later)).toEqual(waits(20, POLL));
    expect(next(run, said(null), later)).toEqual(waits(20, POLL));
    expect(next(aProposing({ remarkedAt: later }), said(["review:1"]), waitingSince)).toEqual(waits(20, 1));
  });

  test("three rounds, then people talk to each other", () => {
    const action = next(aProposing({ ...since(60_000), rounds: 3 }), said(["review:1"]));
    expect(action).toMatchObject({
      row: 20,
      decision: "escalate_prepush",
      freeze: false,
      reason: { code: "review_rounds" },
    });
  });

  test("nobody is left to answer it", () => {
    const action = next(aProposing(since(60_000)), said(["review:1"], { thread: GONE }));
    expect(action).toEqual(ends(20, "escalate_prepush", "review_unanswered"));
  });

  test("refused by the executor, people are called; so they are not for what was refused before it was green", () => {
    const run = aProposing(since(60_000), refusedFor("review"));
    expect(next(run, said([]))).toEqual(ends(20, "escalate_prepush", "turn_refused"));
    expect(next(aProposing({}, refusedFor("fix")), said([]))).toEqual(forPeople());
  });

  test("unread it is waited for, and nothing is merged meanwhile", () => {
    expect(next(aProposing({ merge: "when-green" }), said(null))).toEqual(waits(20, POLL));
  });

  test.each(["closed_by_person", "unlabelled"] as const)(
    "%s once something had landed: it is the person's",
    (issue) => {
      const run = aProposing(since(60_000), { commits: [SHA2], answered: [SHA2] });
      expect(next(run, said(["review:1"], { issue, pushed: "yes", sha: SHA2, verdict: RED }))).toMatchObject({
        row: 22,
      });
    },
  );

  test("with the kill switch on no turn starts", () => {
    expect(next(aProposing(since(60_000)), said(["review:1"], { stopped: { code: "kill_switch" } }))).toEqual(
      forPeople(),
    );
  });

  test("a red head is mended first", () => {
    const facts = proposing(openFact({ remarks: ["review:1"], verdict: RED }));
    expect(next(aProposing(since(60_000)), facts)).toMatchObject({ type: "fix_forward" });
  });
});

describe("row 21: merged by the forge", () => {
  const may = { merge: "when-green" } as const;
  test.each(["approved", "none"] as const)("green and review %s: asked once a head", (review) => {
    const facts = proposing(openFact({ review, headAgeMs: LIMITS.ciGraceMs }));
    expect(next(aProposing(may), facts)).toEqual({ type: "merge", row: 21, sha: SHA });
    expect(next(aProposing({ ...may, mergeAsked: SHA }), facts)).toEqual(forPeople());
    expect(next(aProposing({ ...may, mergeAsked: SHA2 }), facts)).toMatchObject({ type: "merge" });
  });

  test("not before the time is over that CI of pull requests has to show up", () => {
    const open = (headAgeMs: number) => proposing(openFact({ review: "approved", headAgeMs }));
    expect(next(aProposing(may), open(LIMITS.ciGraceMs - 10_000))).toEqual(waits(21, 10_000));
    expect(next(aProposing(may), open(0))).toEqual(waits(21, POLL));
  });

  test("a repo without CI waits for none, but for a check that its trunk requires", () => {
    const bare = { review: "approved", verdict: aVerdict("none") } as const;
    const required = aVerdict("none", { missing: ["build"] });
    expect(next(aProposing(may), proposing(openFact(bare), { ci: "none" }))).toMatchObject({ type: "merge", row: 21 });
    for (const facts of [
      proposing(openFact(bare)),
      proposing(openFact({ ...bare, verdict: required }), { ci: "none" }),
    ])
      expect(next(aProposing(may), facts)).toMatchObject({ type: "wait" });
  });

  test.each<[string, Partial<Extract<ProposalFact, { type: "open" }>>, Partial<Facts>]>([
    ["a review is required", { review: "required" }, {}],
    ["changes are asked for", { review: "changes_requested" }, {}],
    ["it is a draft", { review: "approved", draft: true }, {}],
    ["CI waits for a person", { review: "approved", verdict: aVerdict("human") }, {}],
    ["the kill switch is on", { review: "approved" }, { stopped: { code: "kill_switch" } }],
  ])("never while %s", (_, open, over) => {
    expect(next(aProposing(may), proposing(openFact(open), over))).toEqual(forPeople());
  });

  test("whether it merges is not known yet: looked at again soon", () => {
    const action = next(aProposing(may), proposing(openFact({ review: "approved", merges: "unknown" })));
    expect(action).toEqual(waits(22, POLL, { people: true }));
  });

  test("never where people merge", () => {
    expect(next(aProposing(), proposing(openFact({ review: "approved" })))).toEqual(forPeople());
  });
});

describe("row 22: waiting for people", () => {
  test("is bounded by nothing: the run's time stands still", () => {
    const waiting = aProposing({ waitingSince: T0 + 1000, reminded: true });
    const late = T0 + 30 * 86_400_000;
    expect(ownTimeMs(waiting, late)).toBe(1000);
    expect(next(waiting, proposing(openFact()), late)).toEqual(forPeople());
  });

  test("reminds once", () => {
    const waiting = (over: object) => aProposing({ waitingSince: NOW - PACE.reviewReminderMs, ...over });
    expect(next(waiting({}), proposing(openFact()))).toEqual({ type: "remind", row: 22 });
    expect(next(waiting({ reminded: true }), proposing(openFact()))).toEqual(forPeople());
    expect(next(aProposing({ waitingSince: NOW - PACE.reviewReminderMs + 1 }), proposing(openFact()))).toEqual(
      forPeople(),
    );
  });

  test("what mends a red trunk is told of at once", () => {
    const facts = landedFacts({ verdict: RED, sha: SHA2, proposal: openFact() });
    const landed = { commits: [SHA2], answered: [SHA2] };
    expect(next(aProposing({}, landed), facts)).toEqual({ type: "remind", row: 22 });
    expect(next(aProposing({ reminded: true }, landed), facts)).toEqual(forPeople());
  });
});

describe("landed: as after a push", () => {
  const landed = (over: Partial<Run> = {}, memory = {}) => aProposing(memory, { commits: [SHA2], ...over });

  test("green is done", () => {
    expect(next(landed(), landedFacts({ sha: SHA2, verdict: aVerdict("green") }))).toEqual(
      ends(5, "close_success", "landed"),
    );
  });

  test("red is fixed forward, and what answers it is proposed", () => {
    const red = landedFacts({ sha: SHA2, verdict: RED, proposal: { type: "none", opening: "not asked" } });
    expect(next(landed(), red)).toEqual({ type: "fix_forward", row: 15, sha: SHA2 });
    expect(next(landed({ answered: [SHA2] }), red)).toEqual({ type: "propose", row: 12 });
  });

  test("what answers it is judged as the change was, but hands over with a freeze", () => {
    const facts = landedFacts({ sha: SHA2, verdict: RED, proposal: openFact({ verdict: RED }) });
    const spent = landed({ answered: [SHA2], attempts: LIMITS.fixAttempts });
    expect(next(spent, facts)).toMatchObject({ row: 16, decision: "freeze_escalate", freeze: true });
    expect(next(landed({ answered: [SHA2] }), facts)).toEqual({ type: "fix_forward", row: 15, sha: SHA });
  });

  test("an answer that proposes nothing freezes at the second look", () => {
    const act = anAct("propose-1", { type: "propose" }, { state: "refused" });
    const answered = landed({ answered: [SHA2], acts: [act] });
    const red = landedFacts({ sha: SHA2, verdict: RED, proposal: { type: "none", opening: "refused" } });
    expect(next(answered, red)).toMatchObject({ type: "wait", row: 16, look: "redAnswered" });
    const looks = { withdraw: null, atRest: null, redAnswered: NOW - POLL };
    expect(next({ ...answered, looks }, red)).toEqual(ends(16, "freeze_escalate", "red"));
  });

  test("somebody repairs the trunk meanwhile: done", () => {
    const facts = landedFacts({ sha: SHA2, verdict: aVerdict("green"), proposal: openFact({ verdict: RED }) });
    expect(next(landed({ answered: [SHA2] }), facts)).toEqual(ends(5, "close_success", "landed"));
  });
});

test.each<[IssueFact, string]>([
  ["closed_by_person", "closed"],
  ["unlabelled", "unlabelled"],
])("a person's %s takes a proposal back, however long it waited", (issue, how) => {
  const looks = { withdraw: NOW - POLL, atRest: null, redAnswered: null };
  const run = aProposing({ waitingSince: T0 }, { looks, fenceBeforeWithdraw: true });
  expect(next(run, proposing(openFact(), { issue }))).toMatchObject({ reason: { code: "withdrawn_by_person", how } });
});
