import { describe, expect, test } from "vitest";
import type { Run } from "../../lib/core/run.ts";
import { factsOf, type Look, observe } from "../../lib/core/run-facts.ts";
import type { IssueEvent, ThreadView } from "../../lib/core/types.ts";
import {
  aCommit,
  aConfig,
  aLook,
  anEvent,
  anIssue,
  aProposal,
  aProposing,
  aRun,
  aTurn,
  aVerdict,
  aView,
  LIMITS,
  RUN_ID,
  read,
  SHA,
  SHA2,
  STARTED,
  T0,
  UNREADABLE,
} from "./kit.ts";

const CONFIG = aConfig();
const NOW = T0 + 10_000;
const TRAILER = `Greet\n\nAFK-Run: ${RUN_ID}`;
const view = (over: Partial<ThreadView> = {}): Look["thread"] => ({
  type: "view",
  view: aView(over),
});
const trunk = (...commits: [string, string][]): Look["trunk"] =>
  read({ head: commits.at(-1)?.[0] ?? "", commits: commits.map(([sha, message]) => aCommit(sha, message)) });
const facts = (run: Run, over: Partial<Look> = {}, now = NOW) => factsOf(run, aLook(over), CONFIG, now, null);
const seen = aRun().seen;
const MISSING: Look["thread"] = { type: "missing" };
const UNREAD: Look["thread"] = { type: "unread", why: "no answer", auth: false };

describe("a turn that is owed", () => {
  const sent = aTurn({ sentAt: T0, acceptedAt: T0 + 1 });
  const owing = aRun({ turns: [sent], seen: { ...seen, turnId: null } });

  test("has started when another turn is seen than before it was sent", () => {
    const next = observe(owing, aLook({ thread: view({ turnId: "t-1" }) }), NOW);
    expect(next.turns[0]).toMatchObject({ startedTurnId: "t-1", acceptedAt: T0 + 1 });
    expect(next.seen.turnId).toBe("t-1");
    expect(next.log.at(-1)).toMatchObject({ kind: "seen", text: "the agent started turn 1" });
    expect(facts(next, { thread: view() }).thread).toEqual({ type: "working", silentMs: 0 });
  });

  test("has not started while the turn of before is shown, whatever its state", () => {
    const fix = { ...sent, number: 2, turnIdBefore: "t-1" };
    const run = aRun({ turns: [STARTED, fix] });
    for (const state of ["working", "done", "failed", "asking", "unknown"] as const) {
      const next = observe(run, aLook({ thread: view({ state, turnId: "t-1" }) }), NOW);
      expect(next.turns[1]?.startedTurnId).toBeNull();
      expect(facts(next, { thread: view({ state, turnId: "t-1" }) }).thread).toEqual({ type: "owed", waitedMs: 0 });
    }
    expect(observe(run, aLook({ thread: view({ turnId: "t-2" }) }), NOW).turns[1]?.startedTurnId).toBe("t-2");
  });

  test("sent without an answer and seen at work was accepted", () => {
    const run = aRun({ turns: [aTurn({ sentAt: T0 })] });
    expect(observe(run, aLook(), NOW).turns[0]).toMatchObject({ acceptedAt: NOW, startedTurnId: "t-1" });
  });

  test("never sent cannot have started", () => {
    const run = aRun({ turns: [aTurn()] });
    expect(observe(run, aLook(), NOW).turns[0]?.startedTurnId).toBeNull();
    expect(facts(run).thread).toEqual({ type: "owed", waitedMs: null });
  });

  test("the clock of its start runs only while the executor can be read", () => {
    const look = aLook({ thread: view({ turnId: null, state: "never_started" }) });
    let run = observe(owing, look, NOW);
    expect(run.seen).toMatchObject({ owedMs: 0, owedAt: NOW });
    run = observe(run, look, NOW + 1000);
    expect(run.seen.owedMs).toBe(1000);
    run = observe(run, aLook({ thread: UNREAD }), NOW + 2000);
    run = observe(run, aLook({ thread: UNREAD }), NOW + 90_000);
    expect(run.seen).toMatchObject({ owedMs: 1000, owedAt: null });
    run = observe(run, look, NOW + 100_000);
    expect(run.seen.owedMs).toBe(1000);
    run = observe(run, look, NOW + 100_500);
    expect(facts(run, { thread: view({ turnId: null, state: "never_started" }) }).thread).toEqual({
      type: "owed",
      waitedMs: 1500,
    });
    run = observe(run, aLook({ thread: MISSING }), NOW + 200_000);
    expect(run.seen).toMatchObject({ owedMs: 1500, owedAt: null });
  });

  test("not accepted yet has no clock", () => {
    const run = aRun({ turns: [aTurn({ sentAt: T0 })], seen: { ...seen, turnId: null } });
    const next = observe(run, aLook({ thread: view({ turnId: null }) }), NOW);
    expect(next.seen).toMatchObject({ owedMs: 0, owedAt: null });
    expect(facts(next, { thread: view({ turnId: null }) }).thread).toEqual({ type: "owed", waitedMs: null });
  });

  test("the next one begins at nought", () => {
    const late = aRun({ turns: [sent], seen: { ...seen, turnId: null, owedMs: 9000, owedAt: T0 } });
    expect(observe(late, aLook(), NOW).seen).toMatchObject({ owedMs: 0, owedAt: null });
  });
});

describe("signs of life", () => {
  test("silence is counted from our first sight of the pulse", () => {
    let run = observe(aRun(), aLook(), NOW);
    expect(run.seen.pulse).toEqual({ value: "p1", at: NOW });
    run = observe(run, aLook(), NOW + 500);
    expect(run.seen.pulse?.at).toBe(NOW);
    expect(facts(run, {}, NOW + 700).thread).toEqual({ type: "working", silentMs: 700 });
    run = observe(run, aLook({ thread: view({ pulse: "p2" }) }), NOW + 900);
    expect(facts(run, {}, NOW + 900).thread).toEqual({ type: "working", silentMs: 0 });
  });

  test("time in which the executor could not be read is no silence", () => {
    let run = observe(aRun(), aLook(), NOW);
    run = observe(run, aLook({ thread: UNREAD }), NOW + 500);
    run = observe(run, aLook({ thread: UNREAD }), NOW + 9_000);
    run = observe(run, aLook(), NOW + 10_000);
    expect(facts(run, {}, NOW + 10_200).thread).toEqual({ type: "working", silentMs: 700 });
    run = observe(run, aLook(), NOW + 10_400);
    expect(facts(run, {}, NOW + 10_400).thread).toEqual({ type: "working", silentMs: 900 });
    run = observe(observe(run, aLook({ thread: UNREAD }), NOW + 11_000), aLook(), NOW + 12_000);
    expect(facts(run, {}, NOW + 12_000).thread).toEqual({ type: "working", silentMs: 1_500 });
  });

  test("an unread thread changes nothing of it", () => {
    const run = observe(aRun(), aLook(), NOW);
    expect(observe(run, aLook({ thread: UNREAD }), NOW + 5).seen.pulse).toEqual(run.seen.pulse);
    expect(observe(run, aLook({ thread: { type: "none" } }), NOW + 5)).toEqual(run);
  });
});

describe("the thread, as a fact", () => {
  const request = { id: "q", kind: "question" as const, questions: [] };
  test.each<[string, Partial<Look>, object]>([
    ["working", {}, { type: "working", silentMs: 0 }],
    [
      "asking, read",
      { thread: view({ state: "asking" }), request: read(request) },
      { type: "asking", request, silentMs: 0 },
    ],
    [
      "asking, unread",
      { thread: view({ state: "asking" }), request: UNREADABLE },
      { type: "asking", request: null, silentMs: 0 },
    ],
    ["asking, not looked", { thread: view({ state: "asking" }) }, { type: "asking", request: null, silentMs: 0 }],
    ["done", { thread: view({ state: "done" }) }, { type: "at_rest", how: "done" }],
    ["failed", { thread: view({ state: "failed" }) }, { type: "at_rest", how: "failed" }],
    ["unknown", { thread: view({ state: "unknown" }) }, { type: "unknown" }],
    ["never started though a turn was sent", { thread: view({ state: "never_started" }) }, { type: "unknown" }],
    ["unread", { thread: UNREAD }, { type: "unknown" }],
    ["missing once", { thread: MISSING }, { type: "unknown" }],
    ["not looked at", { thread: { type: "none" } }, { type: "unknown" }],
  ])("%s", (_, look, fact) => {
    expect(facts(aRun(), look).thread).toEqual(fact);
  });

  test("a thread that never got a turn is at rest once its turn is cancelled", () => {
    const run = aRun({ turns: [aTurn({ cancelledAt: T0 })] });
    expect(facts(run, { thread: view({ state: "never_started", turnId: null }) }).thread).toEqual({
      type: "at_rest",
      how: "done",
    });
  });

  test.each([UNREAD, MISSING])("a turn that never left is owed, though the thread cannot be read ($type)", (thread) => {
    expect(facts(aRun({ turns: [aTurn()] }), { thread }).thread).toEqual({ type: "owed", waitedMs: null });
  });

  test("missing twice in a row is gone", () => {
    const once = observe(aRun(), aLook({ thread: MISSING }), NOW);
    expect(facts(once, { thread: MISSING }).thread).toEqual({ type: "unknown" });
    const twice = observe(once, aLook({ thread: MISSING }), NOW);
    expect(facts(twice, { thread: MISSING }).thread).toEqual({ type: "at_rest", how: "gone" });
  });

  test.each([view({ state: "working" }), UNREAD, MISSING])("released by a person it is gone ($type)", (thread) => {
    const released = aRun({ released: { by: "ada" } });
    expect(facts(released, { thread }).thread).toEqual({ type: "at_rest", how: "gone" });
  });

  test("seen in between is not gone; unread in between changes nothing", () => {
    const once = observe(aRun(), aLook({ thread: MISSING }), NOW);
    const back = observe(observe(once, aLook(), NOW), aLook({ thread: MISSING }), NOW);
    expect(facts(back, { thread: MISSING }).thread).toEqual({ type: "unknown" });
    const dark = observe(observe(once, aLook({ thread: UNREAD }), NOW), aLook({ thread: MISSING }), NOW);
    expect(facts(dark, { thread: MISSING }).thread).toEqual({ type: "at_rest", how: "gone" });
  });

  test("its error is told, and its last words where it has none", () => {
    expect(facts(aRun(), { thread: view({ error: "no quota" }), words: "Done." }).threadError).toBe("no quota");
    expect(facts(aRun(), { words: "Done." }).threadError).toBe("Done.");
    expect(facts(aRun()).threadError).toBeNull();
  });
});

describe("the trunk", () => {
  test("a commit with our trailer is ours, from our first sight of it", () => {
    const verdict = aVerdict("none");
    let run = observe(aRun(), aLook({ trunk: trunk(["c1", "Other"], [SHA, TRAILER], ["c2", "More"]), verdict }), NOW);
    expect(run.commits).toEqual([SHA]);
    expect(run.seen.commit).toEqual({ value: SHA, at: NOW });
    expect(run.log.map((entry) => entry.text)).toContain("landed on main as aaaaaaaaaaaa");
    run = observe(run, aLook({ trunk: trunk([SHA, TRAILER]), verdict }), NOW + 5);
    expect(run.commits).toEqual([SHA]);
    expect(facts(run, {}, NOW + 9)).toMatchObject({ pushed: "yes", sha: SHA, commitAgeMs: 9 });
  });

  test("the newest of ours counts, and its verdict is not that of the older", () => {
    const first = aRun({ commits: [SHA], seen: { ...seen, commit: { value: SHA, at: T0 }, verdict: "red" } });
    const next = observe(first, aLook({ trunk: trunk([SHA, TRAILER], [SHA2, TRAILER]) }), NOW);
    expect(next.commits).toEqual([SHA, SHA2]);
    expect(next.seen).toMatchObject({ commit: { value: SHA2, at: NOW }, verdict: null });
    expect(facts(next)).toMatchObject({ sha: SHA2 });
  });

  test.each([
    ["inside other text", `Revert the work of AFK-Run: ${RUN_ID}`],
    ["quoted", `> AFK-Run: ${RUN_ID}`],
    ["of another run", "AFK-Run: ffffffffffffffff"],
  ])("a trailer %s is none", (_, message) => {
    expect(observe(aRun(), aLook({ trunk: trunk([SHA, message]) }), NOW).commits).toEqual([]);
  });

  test("pushed is known from memory, else from a read, else not at all", () => {
    expect(facts(aRun({ commits: [SHA] }), { trunk: UNREADABLE }).pushed).toBe("yes");
    expect(facts(aRun()).pushed).toBe("no");
    expect(facts(aRun(), { trunk: UNREADABLE }).pushed).toBe("unknown");
    expect(observe(aRun({ commits: [SHA] }), aLook({ trunk: trunk() }), NOW).commits).toEqual([SHA]);
  });
});

describe("phases the agent pushed", () => {
  const branch = (...messages: string[]): Look["branch"] =>
    read({ head: "", commits: messages.map((message, at) => aCommit(`b${at + 1}`, message)) });

  test("are claimed by the newest commit that names them, since we saw them first", () => {
    const red = "Tests\n\nAFK-Phase: tests-red";
    let run = observe(aRun(), aLook({ branch: branch("Start", red) }), NOW);
    expect(run.claimed).toEqual({ worktree: { commit: "b2", at: NOW }, tests_red: { commit: "b2", at: NOW } });
    run = observe(run, aLook({ branch: branch("Start", red, red, "Do\r\n\r\nAFK-Phase: green\r\n") }), NOW + 7);
    expect(run.claimed).toEqual({
      worktree: { commit: "b2", at: NOW },
      tests_red: { commit: "b3", at: NOW },
      green: { commit: "b4", at: NOW + 7 },
    });
  });

  test.each(["say AFK-Phase: green", "AFK-Phase: green-ish", "AFK-Phase:green", "AFK-Phase: blue"])(
    "%j claims nothing",
    (message) => {
      expect(observe(aRun(), aLook({ branch: branch(message) }), NOW).claimed).toEqual({});
    },
  );

  test("are not green by a commit before the red one, which cannot have turned it", () => {
    const [red, green] = ["Tests\n\nAFK-Phase: tests-red", "Do\n\nAFK-Phase: green"];
    const of = (...messages: string[]) => observe(aRun(), aLook({ branch: branch(...messages) }), NOW).claimed;
    expect(of(red, green, red)).toMatchObject({ tests_red: { commit: "b3" } });
    expect(of(red, green, red).green).toBeUndefined();
    expect(of(red, green, red, green).green?.commit).toBe("b4");
    expect(of(`${red}\nAFK-Phase: green`).green?.commit).toBe("b1");
  });

  test("are read from the landing too", () => {
    const landing = `${TRAILER}\nAFK-Phase: green`;
    expect(observe(aRun(), aLook({ trunk: trunk([SHA, landing]) }), NOW).claimed.green?.commit).toBe(SHA);
  });
});

describe("the verdict", () => {
  const landed = aRun({ commits: [SHA] });
  const judged = (word: Parameters<typeof aVerdict>[0]) => aLook({ verdict: aVerdict(word) });

  test("the first red starts the time for fixing, and no later one moves it", () => {
    let run = observe(landed, judged("red"), NOW);
    expect(run.firstRedAt).toBe(NOW);
    run = observe(run, judged("pending"), NOW + 1);
    run = observe(run, judged("red"), NOW + 2);
    expect(run.firstRedAt).toBe(NOW);
  });

  test("a pass is remembered since we saw it, until CI says otherwise", () => {
    let run = observe(landed, judged("green"), NOW);
    run = observe(run, judged("green"), NOW + 40);
    expect(run.seen.passed).toEqual({ value: SHA, at: NOW });
    expect(facts(run, {}, NOW + 50).passedMs).toBe(50);
    run = observe(run, judged("pending"), NOW + 60);
    expect(run.seen.passed).toBeNull();
  });

  test.each([
    ["was not understood", judged("unknown")],
    ["was not read", aLook({ verdict: null })],
  ])("one that %s changes nothing but since when that is so", (_what, look) => {
    const run = observe(landed, judged("green"), NOW);
    const unjudged = { ...run, seen: { ...run.seen, unjudgedAt: NOW + 1 } };
    expect(observe(run, look, NOW + 1)).toEqual(unjudged);
    expect(observe(unjudged, judged("green"), NOW + 1)).toEqual(run);
    expect(facts(run, { verdict: null }).verdict.word).toBe("unknown");
  });

  test("it is told once for each change", () => {
    const run = observe(observe(landed, judged("red"), NOW), judged("red"), NOW + 1);
    expect(run.log.map((entry) => entry.text)).toEqual(["CI of aaaaaaaaaaaa is red"]);
  });

  test("of a run that landed nothing there is none", () => {
    expect(observe(aRun(), judged("red"), NOW).firstRedAt).toBeNull();
  });
});

describe("the issue, as a fact", () => {
  const issue = (over: Parameters<typeof anIssue>[0], events: Look["events"] = null, more: Partial<Look> = {}) => ({
    issue: read({ type: "present" as const, issue: anIssue(over), forgeIso: null }),
    events,
    ...more,
  });
  const off = { labels: [] };
  const shut = { state: "closed" as const };
  const labelled = anEvent();
  const removed = anEvent({ id: "6", type: "unlabeled" });
  const closed = (commit: string | null): IssueEvent => anEvent({ id: "7", type: "closed", label: null, commit });
  const landed = aRun({ commits: [SHA] });
  const merged = { by: "mona", atIso: "2027-01-15T09:00:00Z" };
  const mergedRun = aProposing({ last: aProposal({ state: "merged", mergeCommit: SHA, merged }) }, { commits: [SHA] });
  const closedBy = (login: string, atIso: string): IssueEvent => ({
    ...closed(null),
    actor: { id: "8", login, kind: "person" },
    atIso,
  });
  const onTrunk = { trunk: trunk(["before", "Fixes #7"], [SHA, TRAILER], ["after", "Fixes #7"]) };

  test.each<[string, Run, Partial<Look>, string]>([
    ["unread", aRun(), { issue: UNREADABLE }, "unknown"],
    ["gone", aRun(), { issue: read({ type: "gone" }) }, "gone"],
    [
      "of another repo by the same name",
      aRun(),
      { issue: read({ type: "present", issue: anIssue({ id: "other" }), forgeIso: null }) },
      "gone",
    ],
    ["open and labelled", aRun(), issue({}), "as_taken"],
    ["labelled in another case", aRun(), issue({ labels: ["READY-for-agent"] }), "as_taken"],
    ["without the label, its record unread", aRun(), issue(off, UNREADABLE), "unknown"],
    ["without the label, its record not looked at", aRun(), issue(off), "unknown"],
    ["unlabelled after the claim", aRun(), issue(off, read([labelled, removed])), "unlabelled"],
    [
      "unlabelled in another case",
      aRun(),
      issue(off, read([labelled, { ...removed, label: "Ready-For-Agent" }])),
      "unlabelled",
    ],
    ["unlabelled before the claim only", aRun(), issue(off, read([removed, labelled])), "as_taken"],
    ["another label removed", aRun(), issue(off, read([labelled, { ...removed, label: "bug" }])), "as_taken"],
    ["without the label, the claim not in the record", aRun(), issue(off, read([removed])), "as_taken"],
    ["closed, its record unread", aRun(), issue(shut, UNREADABLE), "unknown"],
    ["closed by hand", aRun(), issue(shut, read([labelled, closed(null)])), "closed_by_person"],
    ["closed by hand after the push", landed, issue(shut, read([labelled, closed(null)])), "closed_by_person"],
    ["closed by our landing", landed, issue(shut, read([labelled, closed(SHA)])), "closed_by_run"],
    [
      "closed by our landing, the trunk unread",
      landed,
      issue(shut, read([closed(SHA)]), { trunk: UNREADABLE }),
      "closed_by_run",
    ],
    ["closed by a commit we landed with it", landed, issue(shut, read([closed("before")]), onTrunk), "closed_by_run"],
    ["closed by a commit after ours", landed, issue(shut, read([closed("after")]), onTrunk), "closed_by_person"],
    ["closed by a commit elsewhere", landed, issue(shut, read([closed("elsewhere")]), onTrunk), "closed_by_person"],
    [
      "closed by a commit, the trunk unread",
      landed,
      issue(shut, read([closed("before")]), { trunk: UNREADABLE }),
      "unknown",
    ],
    [
      "closed by a commit before anything of ours",
      aRun(),
      issue(shut, read([closed("before")]), onTrunk),
      "closed_by_person",
    ],
    [
      "closed by our landing, reopened, closed by hand",
      landed,
      issue(shut, read([closed(SHA), closed(null)])),
      "closed_by_person",
    ],
    ["closed by hand, then by our landing", landed, issue(shut, read([closed(null), closed(SHA)])), "closed_by_run"],
    [
      "closed by a keyword of the pull request that was merged",
      mergedRun,
      issue(shut, read([labelled, closedBy("mona", "2027-01-15T09:00:02Z")])),
      "closed_by_run",
    ],
    [
      "closed by somebody else when it was merged",
      mergedRun,
      issue(shut, read([labelled, closedBy("eve", "2027-01-15T09:00:02Z")])),
      "closed_by_person",
    ],
    [
      "closed by who merged it, but later",
      mergedRun,
      issue(shut, read([labelled, closedBy("mona", "2027-01-15T09:05:00Z")])),
      "closed_by_person",
    ],
    [
      "closed and unlabelled",
      aRun(),
      issue({ ...shut, ...off }, read([labelled, removed, closed(null)])),
      "closed_by_person",
    ],
  ])("%s", (_, run, look, fact) => {
    expect(facts(run, look).issue).toBe(fact);
  });
});

describe("the rest", () => {
  test("the budget is over past the tighter of what the run began with and what is set now", () => {
    const spent = (usd: number | null) => aRun({ spend: { tokens: null, usd } });
    expect(facts(spent(null)).budgetOver).toBe(false);
    expect(facts(spent(100)).budgetOver).toBe(false);
    expect(facts(spent(100.01)).budgetOver).toBe(true);
    const tight = aConfig({ limits: { ...LIMITS, budgetUsd: 10 } });
    expect(factsOf(spent(11), aLook(), tight, NOW, null).budgetOver).toBe(true);
    const wide = aConfig({ limits: { ...LIMITS, budgetUsd: 1000 } });
    expect(factsOf(spent(101), aLook(), wide, NOW, null).budgetOver).toBe(true);
  });

  test("what the thread reports is folded in, at the prices that are set, with the pulse it was read at", () => {
    const usage = read({ model: "codex/x", turnId: "t-1", requests: [{ id: "a", input: 1_000_000, output: 0 }] });
    const look = aLook({ thread: view({ pulse: "beat" }), usage });
    const next = observe(aRun(), look, NOW, { x: { in: 3, out: 0 } });
    expect(next.spend).toEqual({ tokens: 1_000_000, usd: 3 });
    expect(next.usage?.pulse).toBe("beat");
    expect(observe(next, aLook({ usage: UNREADABLE }), NOW).spend).toEqual(next.spend);
  });

  test("observing leaves run and look as they were", () => {
    const run = aRun({ turns: [aTurn({ sentAt: T0, acceptedAt: T0 })] });
    const look = aLook({ trunk: trunk([SHA, `${TRAILER}\nAFK-Phase: green`]), verdict: aVerdict("red") });
    const before = structuredClone([run, look]);
    observe(run, look, NOW);
    factsOf(run, look, CONFIG, NOW, null);
    expect([run, look]).toEqual(before);
  });
});
