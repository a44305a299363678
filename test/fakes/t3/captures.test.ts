/** The stand-in brought into the situation of each capture of a live 0.0.33 server shows the same keys, types and states. */
import { describe, expect, test } from "vitest";
import shellCapture from "../../fixtures/t3/shell.json" with { type: "json" };
import afterRestart from "../../fixtures/t3/thread-after-restart.json" with { type: "json" };
import approvalAnswered from "../../fixtures/t3/thread-approval-answered.json" with { type: "json" };
import approvalPending from "../../fixtures/t3/thread-approval-pending.json" with { type: "json" };
import askAnswered from "../../fixtures/t3/thread-ask-answered.json" with { type: "json" };
import askPending from "../../fixtures/t3/thread-ask-pending.json" with { type: "json" };
import crash from "../../fixtures/t3/thread-crash.json" with { type: "json" };
import edit from "../../fixtures/t3/thread-edit.json" with { type: "json" };
import error from "../../fixtures/t3/thread-error.json" with { type: "json" };
import interrupted from "../../fixtures/t3/thread-interrupted.json" with { type: "json" };
import interruptedWithId from "../../fixtures/t3/thread-interrupted-with-turnid.json" with { type: "json" };
import runningCapture from "../../fixtures/t3/thread-running.json" with { type: "json" };
import stopped from "../../fixtures/t3/thread-stopped.json" with { type: "json" };
import { commands, type Kit, QUESTION, running } from "./contract-kit.ts";

type Row = [name: string, capture: Capture, act: (kit: Kit) => Promise<unknown> | unknown];

interface Capture {
  thread: {
    messages: object[];
    activities: { kind: string }[];
    checkpoints: object[];
    latestTurn: { state: string };
    session: { status: string; lastError: string | null };
  };
}

const CAPTURES: Capture[] = [
  afterRestart,
  approvalAnswered,
  approvalPending,
  askAnswered,
  askPending,
  crash,
  edit,
  error,
  interrupted,
  interruptedWithId,
  runningCapture,
  stopped,
];

const SITUATIONS: Row[] = [
  ["running", runningCapture, ({ agent }) => agent.turn().activity("sleep 60")],
  ["ask-pending", askPending, ({ agent }) => agent.turn().ask([QUESTION])],
  [
    "ask-answered",
    askAnswered,
    async ({ agent, send }) => {
      await send(commands.answer(agent.turn().ask([QUESTION])));
      agent.turn().complete('answer: {"Which colour?":"Blue"}');
    },
  ],
  ["approval-pending", approvalPending, ({ agent }) => agent.turn().requestApproval("rm -rf build")],
  [
    "approval-answered",
    approvalAnswered,
    async ({ agent, send }) => {
      await send(commands.decide(agent.turn().requestApproval("rm -rf build"), { decision: "accept" }));
      agent.turn().complete("decision allow");
    },
  ],
  ["crash", crash, ({ agent }) => agent.turn().crash()],
  ["error", error, ({ agent }) => agent.turn().fail("fake failure", "about to fail")],
  [
    "edit",
    edit,
    ({ agent }) => {
      agent.turn().activity("edit fake.txt");
      agent.turn().complete("edited fake.txt");
    },
  ],
  [
    "interrupted",
    interrupted,
    async ({ agent, send }) => {
      agent.turn().activity("sleep 60");
      await send(commands.turn("thr-1", "2"));
      await send(commands.interrupt());
      agent.turn().complete("echo: queued while running");
    },
  ],
  [
    "interrupted-with-turnid",
    interruptedWithId,
    async ({ agent, send }) => {
      agent.turn().activity("sleep 30");
      await send(commands.interrupt("thr-1", { turnId: agent.turn().turnId }));
    },
  ],
  [
    "stopped",
    stopped,
    async ({ agent, send }) => {
      agent.turn().activity("sleep 60");
      await send(commands.stop());
    },
  ],
  [
    "after-restart",
    afterRestart,
    ({ agent, t3 }) => {
      agent.turn().activity("sleep 120");
      t3.restart();
    },
  ],
];

describe("threads/:id", () => {
  test.each(SITUATIONS)("%s", async (_name, { thread }, act) => {
    const kit = await running();
    await act(kit);
    const answer = JSON.parse((await kit.call("GET", "/api/orchestration/threads/thr-1")).text);
    const { messages, activities, checkpoints, ...rest } = answer.thread;
    expect(Object.keys(answer).sort()).toEqual(["snapshotSequence", "thread"]);
    expect(Object.keys(answer.thread).sort()).toEqual(Object.keys(thread).sort());
    expect(shape({ ...rest, branch: "", worktreePath: "" })).toBe(shape(headOf(thread)));
    expect(rest.latestTurn.state).toBe(thread.latestTurn.state);
    expect(rest.session.status).toBe(thread.session.status);
    expect(rest.session.lastError).toBe(thread.session.lastError);
    expect([...new Set(shapes(messages))].sort()).toEqual([...new Set(shapes(thread.messages))].sort());
    expect([...new Set(shapes(checkpoints))]).toEqual([...new Set(shapes(thread.checkpoints))]);
    for (const activity of activities) expect(known(activity.kind)).toContain(shape(activity));
    const kinds = (list: { kind: string }[]) => new Set(list.map(({ kind }) => kind));
    const seen = kinds(thread.activities);
    // An open tool's updates go away when it ends, in a way the captures do not agree on.
    for (const kind of kinds(activities)) expect(["tool.updated", "context-window.updated", ...seen]).toContain(kind);
  });
});

test("of the requests of a turn the last is shown alone, here as in every capture", async () => {
  const kit = await running();
  kit.agent.turn().spend(1, 2);
  kit.agent.turn().spend(3, 4);
  const { thread } = JSON.parse((await kit.call("GET", "/api/orchestration/threads/thr-1")).text);
  for (const { activities } of [thread, ...CAPTURES.map((one) => one.thread)]) {
    const turns = usages(activities).map(({ turnId }) => turnId);
    expect(new Set(turns).size).toBe(turns.length);
  }
  expect(usages(thread.activities)).toMatchObject([{ payload: { inputTokens: 3, outputTokens: 4 } }]);
});

function usages(activities: { kind: string; turnId?: string }[]) {
  return activities.filter(({ kind }) => kind === "context-window.updated");
}

describe("shell", () => {
  test("a thread at rest, one that failed, and one that never started", async () => {
    const kit = await running();
    kit.agent.turn().complete("done");
    kit.agent.script = (turn) => turn.couldNotStart();
    await kit.send(commands.thread("thr-never"));
    await kit.send(commands.turn("thr-never"));
    await kit.send(commands.simple("meta.update", "thr-1", { branch: "feat/x" }));
    const shell = JSON.parse((await kit.call("GET", "/api/orchestration/shell")).text);
    expect(Object.keys(shell).sort()).toEqual(Object.keys(shellCapture).sort());
    expect(shapes(shell.projects)).toEqual(shapes(shellCapture.projects));
    for (const thread of shell.threads) expect(shapes(shellCapture.threads)).toContain(shape(thread));
    expect(shell.threads).toMatchObject([
      { id: "thr-1", latestTurn: { state: "completed" } },
      { id: "thr-never", latestTurn: null, session: { status: "stopped", lastError: "Claude runtime stream failed." } },
    ]);
  });
});

/** Every shape an activity of this kind has in any capture. */
function known(kind: string): string[] {
  return CAPTURES.flatMap(({ thread }) => thread.activities.filter((each) => each.kind === kind)).map(shape);
}

function headOf(thread: Capture["thread"]): object {
  const { messages: _messages, activities: _activities, checkpoints: _checkpoints, ...rest } = thread;
  return { ...rest, branch: "", worktreePath: "" };
}

function shapes(values: unknown[]): string[] {
  return values.map(shape);
}

/** Keys and types, all the way down; of an array the different ones. */
function shape(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return `[${[...new Set(shapes(value))].sort().join("|")}]`;
  if (typeof value !== "object") return typeof value;
  const entries = Object.entries(value).map(([key, each]) => `${key}: ${shape(each)}`);
  return `{${entries.sort().join(", ")}}`;
}
