import { describe, expect, test } from "vitest";
import type { Action, Decision } from "../../lib/core/actions.ts";
import { type Act, type Deed, ring } from "../../lib/core/acts.ts";
import { type Claim, claimed } from "../../lib/core/claim.ts";
import { DEFAULT_RULES } from "../../lib/core/repo-rules.ts";
import type { OutcomeType, Reason, Run } from "../../lib/core/run.ts";
import { apply, settle } from "../../lib/core/run-evolve.ts";
import {
  aLabelEvent,
  anAct,
  anIssue,
  anOutcome,
  aProposing,
  aRun,
  aTurn,
  LIMITS,
  REASONS,
  RUN_ID,
  SHA,
  STARTED,
  T0,
} from "./kit.ts";

const NOW = T0 + 60_000;
const AT = { now: NOW, forgeIso: "2027-01-15T08:01:00Z", notifiers: ["slack", "ntfy"] };
const keys = (acts: Act[]) => acts.map((one) => one.key);
const fresh = (before: Run, after: Run) =>
  keys(after.acts.filter((one) => !before.acts.some((old) => old.key === one.key)));
const told = (run: Run) => run.log.at(-1)?.text;
const end = (
  decision: Decision,
  outcome: OutcomeType,
  reason: Reason,
  over: { freeze?: boolean; givenBack?: boolean } = {},
): Action => ({
  type: "end",
  row: 0,
  decision,
  outcome,
  reason,
  freeze: decision === "freeze_escalate",
  givenBack: false,
  ...over,
});
const RINGS = ["ring-slack-ended", "ring-ntfy-ended"];

const CLAIM: Claim = {
  id: RUN_ID,
  claim: 1,
  repo: {
    forge: "github",
    owner: "acme",
    name: "app",
    id: "42",
    defaultBranch: "main",
    cloneUrl: "https://github.com/acme/app.git",
    url: "https://github.com/acme/app",
  },
  issue: anIssue(),
  labelEvent: aLabelEvent(),
  labels: aRun().labels,
  limits: LIMITS,
  rules: { ...DEFAULT_RULES, landing: "push" },
  evidence: "required",
  repairs: "nothing",
  base: "0".repeat(40),
  baseChecks: ["build"],
  proposal: null,
  notifiers: ["slack", "ntfy"],
  pollMs: 30_000,
};

describe("a claim", () => {
  const run = claimed(CLAIM, T0);
  test("pins what its repo said, what evidence is expected, and whether it is the order to repair", () => {
    expect(run).toMatchObject({ rules: { landing: "push" }, evidence: "required" });
    expect(run.repairs).toBeUndefined();
    expect(claimed({ ...CLAIM, repairs: "the trunk" }, T0).repairs).toBe(true);
  });
  test("stores the run with its first turn unsent and nothing seen", () => {
    expect(run).toMatchObject({
      id: RUN_ID,
      claim: 1,
      branch: `afk/7-${RUN_ID}`,
      trunk: "main",
      startedAt: T0,
      turns: [aTurn()],
      threads: [],
      attempts: 0,
      commits: [],
      outcome: null,
      settledAt: null,
      nextLookAt: T0 + 30_000,
      baseChecks: ["build"],
    });
    expect(told(run)).toBe(`claimed #7 as run ${RUN_ID}`);
  });

  test("owes its acts in the order of the claim, none of them holding", () => {
    expect(run.acts.map((one) => [one.key, one.after, one.holds])).toEqual([
      ["stamp", [], false],
      ["unstamp", [], false],
      ["read-back", ["stamp"], false],
      ["thread", ["read-back"], false],
      ["turn-1", ["thread"], false],
      ["show-slack", ["read-back"], false],
      ["show-ntfy", ["read-back"], false],
    ]);
  });
});

/** A run in the middle of its claim: stamped, the thread not made yet. */
const CLAIMING: Run = {
  ...claimed(CLAIM, T0),
  acts: claimed(CLAIM, T0).acts.map((one) => (one.key === "stamp" ? { ...one, state: "acked" } : one)),
};

describe("actions that go on", () => {
  test.each<Action>([
    { type: "none", row: 1 },
    { type: "finish", row: 2 },
  ])("$type changes nothing", (action) => {
    const run = aRun();
    expect(apply(run, action, AT)).toBe(run);
  });

  test("wait sets the next look, and nothing else", () => {
    const run = aRun();
    expect(apply(run, { type: "wait", row: 10, untilMs: 700, look: null }, AT)).toEqual({
      ...run,
      nextLookAt: NOW + 700,
    });
  });

  test("answer takes up the request and stores the act", () => {
    const request = { id: "q-1", kind: "question" as const, questions: [] };
    const next = apply(aRun(), { type: "answer", row: 9, request }, AT);
    expect(next.requests).toEqual(["q-1"]);
    expect(next.acts).toEqual([
      anAct("answer-q-1", { type: "answer", requestId: "q-1" }, { system: "executor", createdAt: NOW, dueAt: NOW }),
    ]);
    expect(next.nextLookAt).toBe(NOW);
  });

  test("rerun notes when, by commit, and costs no attempt", () => {
    const next = apply(aRun({ commits: [SHA] }), { type: "rerun", row: 14, sha: SHA, runIds: ["11"] }, AT);
    expect(next.reruns).toEqual({ [SHA]: NOW });
    expect(next.acts[0]).toMatchObject({
      key: `rerun-${SHA}`,
      deed: { type: "rerun", sha: SHA, runIds: ["11"] },
      holds: false,
    });
    expect(next).toMatchObject({ attempts: 0, turns: [STARTED] });
  });

  test("fix_forward adds a turn, an attempt and its act in one step", () => {
    const run = aRun({ commits: [SHA], attempts: 1, turns: [STARTED, { ...STARTED, number: 2 }] });
    const next = apply(run, { type: "fix_forward", row: 15, sha: SHA }, AT);
    expect(next.attempts).toBe(2);
    expect(next.answered).toEqual([SHA]);
    expect(next.turns.at(-1)).toEqual(
      aTurn({ number: 3, purpose: "fix", sha: SHA, decidedAt: NOW, turnIdBefore: "t-1" }),
    );
    expect(next.acts).toEqual([
      anAct("turn-3", { type: "start_turn", turn: 3 }, { system: "executor", createdAt: NOW, dueAt: NOW }),
    ]);
    expect(told(next)).toBe("fix forward aaaaaaaaaaaa, attempt 2");
  });
});

describe("the fence before a withdrawal", () => {
  const action: Action = { type: "fence", row: 3, how: "unlabelled" };
  test("brings a sent turn to rest, as an act that holds", () => {
    const next = apply(aRun(), action, AT);
    expect(next).toMatchObject({ fenceBeforeWithdraw: true, fencedFor: "unlabelled" });
    expect(next.acts).toEqual([
      anAct("fence-withdraw", { type: "fence" }, { system: "executor", holds: true, createdAt: NOW, dueAt: NOW }),
    ]);
  });

  test("leaves nothing to people any more: the run's own time goes on", () => {
    const waited = apply(aProposing({ waitingSince: T0 }), action, AT);
    expect(waited.proposal).toMatchObject({ waitingSince: null, waitedMs: NOW - T0 });
  });

  test("cancels an unsent turn and fences nothing", () => {
    const next = apply(CLAIMING, action, AT);
    expect(next.turns[0]?.cancelledAt).toBe(NOW);
    expect(next.acts.find((one) => one.key === "turn-1")?.state).toBe("cancelled");
    expect(fresh(CLAIMING, next)).toEqual([]);
  });

  test("with a sent turn and an unsent one it does both", () => {
    const turnAct = anAct("turn-2", { type: "start_turn", turn: 2 }, { system: "executor" });
    const run = aRun({ turns: [STARTED, aTurn({ number: 2, purpose: "fix" })], acts: [turnAct], attempts: 1 });
    const next = apply(run, action, AT);
    expect(next.turns[1]?.cancelledAt).toBe(NOW);
    expect(next.attempts, "what never left is no attempt").toBe(0);
    expect(next.acts.map((one) => [one.key, one.state])).toEqual([
      ["turn-2", "cancelled"],
      ["fence-withdraw", "pending"],
    ]);
  });
});

describe("first looks", () => {
  const wait = (row: number, look: keyof Run["looks"] | null): Action => ({ type: "wait", row, untilMs: 1, look });
  const all = { withdraw: T0, atRest: T0, redAnswered: T0 };
  const none = { withdraw: null, atRest: null, redAnswered: null };

  test.each([
    [3, "withdraw"],
    [12, "atRest"],
    [16, "redAnswered"],
  ] as const)("row %d notes %s once and keeps it at the next look", (row, look) => {
    const first = apply(aRun(), wait(row, look), AT);
    expect(first.looks).toEqual({ ...none, [look]: NOW });
    expect(apply(first, wait(row, look), { ...AT, now: NOW + 5 }).looks).toEqual({ ...none, [look]: NOW });
  });

  test.each<[string, Action, Run["looks"]]>([
    ["unknown (row 11) keeps all", wait(11, null), all],
    ["row 3 keeps its own", wait(3, null), { ...none, withdraw: T0 }],
    ["its fence too", { type: "fence", row: 3, how: "unlabelled" }, { ...none, withdraw: T0 }],
    ["row 10 forgets all", wait(10, null), none],
    ["row 18 forgets all", wait(18, null), none],
    ["another first look forgets the others", wait(12, "atRest"), { ...none, atRest: T0 }],
    ["a fix forgets all", { type: "fix_forward", row: 15, sha: SHA }, none],
  ])("%s", (_, action, looks) => {
    expect(apply(aRun({ looks: all }), action, AT).looks).toEqual(looks);
  });
});

describe("endings", () => {
  const HOLDS = ["fence-end", "end-unstamp", "end-unready", "end-close", "end-hand-label", "end-reopen"];
  const landed = aRun({ commits: [SHA] });
  const table: [string, Run, Action, string[]][] = [
    [
      "closed",
      landed,
      end("close_success", "closed", REASONS.landed),
      ["fence-end", "end-unstamp", "end-unready", "end-close", ...RINGS],
    ],
    [
      "escalated before the push",
      aRun(),
      end("escalate_prepush", "escalated", REASONS.stalled),
      ["fence-end", "end-unready", "end-unstamp", "end-hand-label", "end-hand-over", ...RINGS],
    ],
    [
      "escalated before anything was sent",
      CLAIMING,
      end("escalate_prepush", "escalated", REASONS.label_refused),
      ["end-unready", "end-unstamp", "end-hand-label", "end-hand-over", ...RINGS],
    ],
    [
      "frozen",
      landed,
      end("freeze_escalate", "frozen", REASONS.red),
      ["fence-end", "end-unready", "end-unstamp", "end-hand-label", "end-reopen", "end-hand-over", ...RINGS],
    ],
    [
      "no CI",
      landed,
      end("escalate_no_ci", "escalated", REASONS.no_ci),
      ["fence-end", "end-unready", "end-unstamp", "end-hand-label", "end-reopen", "end-hand-over", ...RINGS],
    ],
    [
      "withdrawn by a person",
      aRun(),
      end("withdraw", "withdrawn", REASONS.withdrawn_by_person),
      ["fence-end", "end-unstamp", "end-unready", ...RINGS],
    ],
    ["given back", CLAIMING, end("withdraw", "withdrawn", REASONS.kill_switch, { givenBack: true }), ["end-unstamp"]],
    ["held elsewhere", CLAIMING, end("withdraw", "withdrawn", REASONS.held_elsewhere), []],
    ["gone", aRun(), end("issue_gone", "gone", REASONS.issue_gone), ["fence-end"]],
    ["gone and red", landed, end("issue_gone", "gone", REASONS.issue_gone, { freeze: true }), ["fence-end", ...RINGS]],
  ];
  test.each(table)("%s owes", (_, run, action, expected) => {
    const next = apply(run, action, AT);
    expect(fresh(run, next)).toEqual(expected);
    if (action.type !== "end") throw new Error("not an ending");
    expect(next.outcome).toEqual({
      type: action.outcome,
      reason: action.reason,
      decidedAt: NOW,
      forgeIso: AT.forgeIso,
      givenBack: action.givenBack,
    });
    for (const one of next.acts.filter(({ key }) => expected.includes(key)))
      expect(one.holds).toBe(HOLDS.includes(one.key));
    expect(next).toMatchObject({ settledAt: null, nextLookAt: NOW });
    expect(told(next)).toBe(`${action.decision}: ${action.reason.code}`);
  });

  test("done is rung once the issue is really closed, every other ending at once", () => {
    const afterOf = (run: Run) => run.acts.filter((one) => one.deed.type === "ring").map((one) => one.after);
    expect(afterOf(apply(landed, end("close_success", "closed", REASONS.landed), AT))).toEqual([
      ["end-close"],
      ["end-close"],
    ]);
    expect(afterOf(apply(landed, end("freeze_escalate", "frozen", REASONS.red), AT))).toEqual([[], []]);
  });

  const threads = [`afk-${RUN_ID}`];
  test.each<[string, Partial<Run>, boolean]>([
    ["a turn at work", { turns: [STARTED] }, true],
    ["a turn sent without an answer", { turns: [aTurn({ sentAt: T0 })] }, true],
    ["a turn never sent", { turns: [aTurn()] }, false],
    ["a turn cancelled", { turns: [aTurn({ sentAt: T0, cancelledAt: T0 })] }, false],
    ["no thread", { turns: [STARTED], threads: [] }, false],
    ["a turn at work and one never sent", { turns: [STARTED, aTurn({ number: 2 })] }, true],
  ])("%s: is it fenced", (_, over, fenced) => {
    const next = apply(aRun({ threads, ...over }), end("escalate_prepush", "escalated", REASONS.time_over), AT);
    expect(next.acts.some((one) => one.deed.type === "fence")).toBe(fenced);
    for (const turn of next.turns) expect(turn.sentAt !== null || turn.cancelledAt !== null).toBe(true);
  });

  test("what would start anything is cancelled, what is done stays, the rest goes on", () => {
    const deeds: [string, Deed][] = [
      ["stamp", { type: "stamp" }],
      ["unstamp", { type: "unstamp" }],
      ["read-back", { type: "read_back" }],
      ["thread", { type: "create_thread" }],
      ["turn-2", { type: "start_turn", turn: 2 }],
      ["answer-q", { type: "answer", requestId: "q" }],
      ["rerun-a", { type: "rerun", sha: "a", runIds: [] }],
      ["comment", { type: "comment" }],
      ["fence-withdraw", { type: "fence" }],
      ["ring-slack-x", { type: "ring", notifier: "slack", bell: { type: "trouble", system: "forge", detail: "" } }],
    ];
    const show = anAct("show-slack", { type: "show", notifier: "slack" }, { after: ["read-back"], dueAt: T0 + 1e9 });
    const done = anAct("turn-1", { type: "start_turn", turn: 1 }, { state: "acked" });
    const run = aRun({
      turns: [STARTED, aTurn({ number: 2 })],
      acts: [...deeds.map(([key, deed]) => anAct(key, deed)), show, done],
    });
    const next = apply(run, end("escalate_prepush", "escalated", REASONS.time_over), AT);
    const stateOf = (key: string) => next.acts.find((one) => one.key === key)?.state;
    for (const key of ["stamp", "unstamp", "read-back", "thread", "turn-2", "answer-q", "rerun-a"])
      expect(stateOf(key), key).toBe("cancelled");
    for (const key of ["comment", "fence-withdraw", "ring-slack-x"]) expect(stateOf(key), key).toBe("pending");
    expect(stateOf("turn-1")).toBe("acked");
    expect(next.acts.find((one) => one.key === "show-slack")).toMatchObject({
      state: "pending",
      after: [],
      dueAt: NOW,
    });
    expect(next.turns[1]?.cancelledAt).toBe(NOW);
    expect(next.turns[0]?.cancelledAt).toBeNull();
  });

  test("no key is given twice, whatever came before", () => {
    for (const [, run, action] of table) {
      const fenced = apply(run, { type: "fence", row: 3, how: "unlabelled" }, AT);
      const all = keys(apply(fenced, action, AT).acts);
      expect(new Set(all).size).toBe(all.length);
    }
  });

  test("the run that was given is left as it was", () => {
    for (const [, run, action] of table) {
      const before = structuredClone(run);
      apply(run, action, AT);
      expect(run).toEqual(before);
    }
  });
});

describe("settling", () => {
  const state = (run: Run, change: (one: Act) => Partial<Act>) => ({
    ...run,
    acts: run.acts.map((one) => ({ ...one, ...change(one) })),
  });
  const closed = apply(aRun({ commits: [SHA] }), end("close_success", "closed", REASONS.landed), AT);
  const over = (run: Run) => state(run, (one) => (one.holds ? { state: "acked" } : {}));

  test("a run without an outcome, and one settled, do not settle", () => {
    const run = aRun();
    expect(settle(run, NOW, [])).toBe(run);
    const settled = aRun({ outcome: anOutcome(), settledAt: T0 });
    expect(settle(settled, NOW, [])).toBe(settled);
  });

  test("waits for the acts that hold, and for no other", () => {
    expect(settle(closed, NOW, []).settledAt).toBeNull();
    for (const key of ["fence-end", "end-unstamp", "end-unready", "end-close"]) {
      const one = state(over(closed), (held) => (held.key === key ? { state: "pending" } : {}));
      expect(settle(one, NOW, []).settledAt, key).toBeNull();
    }
    const next = settle(over(closed), NOW + 5, []);
    expect(next.settledAt).toBe(NOW + 5);
    expect(next.acts.some((one) => one.deed.type === "ring" && one.state === "pending")).toBe(true);
    expect(told(next)).toBe("settled: closed");
  });

  test.each(["refused", "cancelled"] as const)("a label act that is %s is over too", (how) => {
    const run = state(over(closed), (one) => (one.key === "end-unready" ? { state: how } : {}));
    expect(settle(run, NOW, []).settledAt).toBe(NOW);
  });

  test("a refused close hands over, with its reason, and the bell of the new ending", () => {
    const refused = state(over(closed), (one) =>
      one.key === "end-close" ? { state: "refused", error: "HTTP 410" } : {},
    );
    const next = settle(refused, NOW + 1, ["slack"]);
    expect(next.outcome).toMatchObject({ type: "escalated", reason: { code: "close_refused", detail: "HTTP 410" } });
    expect(next.settledAt).toBeNull();
    expect(
      fresh(
        state(refused, () => ({})),
        next,
      ),
    ).toEqual(["end-hand-label", "end-reopen", "end-hand-over"]);
    const rings = next.acts.filter((one) => one.deed.type === "ring");
    expect(rings.map((one) => [one.key, one.after, one.state])).toEqual([["ring-slack-ended", [], "pending"]]);
    expect(new Set(keys(next.acts)).size).toBe(next.acts.length);
    expect(settle(over(next), NOW + 9, ["slack"])).toMatchObject({
      settledAt: NOW + 9,
      outcome: { type: "escalated" },
    });
  });

  test("a close dropped because a person reopened the issue is a withdrawal", () => {
    const dropped = state(over(closed), (one) => (one.key === "end-close" ? { state: "cancelled" } : {}));
    const next = settle(dropped, NOW + 1, ["slack"]);
    expect(next.outcome).toMatchObject({ type: "withdrawn", reason: { code: "withdrawn_by_person", how: "reopened" } });
    expect(next.acts.some((one) => one.deed.type === "hand_over" || one.deed.type === "hand_label")).toBe(false);
    expect(next.acts.filter((one) => one.deed.type === "ring")).toHaveLength(1);
    expect(settle(next, NOW + 2, ["slack"])).toMatchObject({ settledAt: NOW + 2, outcome: { type: "withdrawn" } });
  });

  test("the bell of another trouble outlives a change of ending", () => {
    const trouble = ring("slack", "forge", { type: "trouble", system: "forge", detail: "HTTP 403" }, NOW);
    const dropped = state({ ...closed, acts: [...closed.acts, trouble] }, (one) =>
      one.key === "end-close" ? { state: "cancelled" } : {},
    );
    expect(keys(settle(dropped, NOW, []).acts)).toContain("ring-slack-forge");
  });
});
