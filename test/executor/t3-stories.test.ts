/** The T3 adapter against a stateful T3: whole lives of a thread, and answers that are lost on the way. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createT3Client } from "../../lib/executor/t3-client.ts";
import type { FaultResponse } from "../fakes/exchange.ts";
import { FakeT3 } from "../fakes/t3/fake-t3.ts";
import { type Script, ScriptedRunner } from "../fakes/t3/scripted-runner.ts";

const TOKEN = "token-all";
const WORKSPACE = "/srv/afk/github/acme/shop";
const PROJECT = { projectId: "afk-p", title: "acme/shop", workspace: WORKSPACE };
const THREAD = { threadId: "run-1", projectId: "afk-p", title: "Add a basket" };
const TURN = { threadId: "run-1", key: "run-1:first", text: "implement it" };
const INTERRUPT = ["run-1", null, "run-1:fence-1"] as const;

function world(script: Script | null = null) {
  let clock = Date.parse("2026-11-23T10:00:00.000Z");
  let drawn = 0;
  const agent = new ScriptedRunner(script);
  const now = () => ++clock;
  const uuid = () => `uuid-${++drawn}`;
  const t3 = new FakeT3({ now, token: TOKEN, environmentId: "env-1", runner: agent, uuid });
  const client = (token = TOKEN, model: string | null = "claudeAgent/claude-sonnet-4-6") =>
    createT3Client({
      url: "http://t3.test",
      token,
      headers: {},
      model,
      callMs: 30,
      fetch: (url, init) => t3.handle(new Request(url, init)),
      now,
    });
  return { t3, agent, client };
}

async function begun(script: Script | null = null) {
  const { t3, agent, client } = world(script);
  expect(await client().ensureProject(PROJECT)).toEqual({ type: "done", value: "afk-p" });
  expect(await client().createThread(THREAD)).toEqual({ type: "done", value: "run-1" });
  expect(await client().startTurn(TURN)).toEqual({ type: "done", value: null });
  return { t3, agent, client };
}

/**
 * The thread's state as both reads tell it; they must agree, save that its own read shows the last turn only and may
 * say working where an earlier turn left a request open.
 */
async function stateOf(client: ReturnType<typeof createT3Client>, threadId = "run-1") {
  const [snapshot, thread] = [await client.snapshot(), await client.thread(threadId)];
  const listed = snapshot.known ? snapshot.value.threads.find(({ id }) => id === threadId) : undefined;
  const own = thread.known && thread.value?.state;
  if (listed?.state === "asking" && own === "working") return listed.state;
  expect(thread).toEqual({ known: true, value: listed ?? null });
  return listed?.state ?? "gone";
}

describe("a thread's life", () => {
  it("from nothing to done, with a question and an approval on the way", async () => {
    const { t3, agent, client } = world();
    await client().ensureProject(PROJECT);
    await client().createThread(THREAD);
    expect(await stateOf(client())).toBe("never_started");
    await client().startTurn(TURN);
    expect(await stateOf(client())).toBe("working");

    agent.turn().ask([{ question: "Which colour?", options: [{ label: "Red" }, { label: "Blue" }] }]);
    expect(await stateOf(client())).toBe("asking");
    const asked = await client().request("run-1");
    expect(asked).toMatchObject({ value: { kind: "question", questions: [{ options: ["Red", "Blue"] }] } });
    if (!asked.known || !asked.value) throw new Error("nothing is asked");
    expect(await client().answer("run-1", asked.value, "decide yourself")).toMatchObject({ type: "done" });
    expect(agent.turn().answers).toMatchObject([{ answers: { "Which colour?": "decide yourself" } }]);
    expect(await stateOf(client())).toBe("working");
    expect(await client().answer("run-1", asked.value, "decide yourself")).toMatchObject({ type: "done" });
    expect(agent.turn().answers).toHaveLength(1);

    agent.turn().requestApproval("rm -rf build");
    const approval = await client().request("run-1");
    if (!approval.known || !approval.value) throw new Error("no approval is asked for");
    await client().answer("run-1", approval.value, "decide yourself");
    expect(agent.turn().answers.at(-1)).toMatchObject({ type: "approval", decision: "decline" });

    agent.turn().background("working");
    agent.turn().complete();
    expect(await stateOf(client())).not.toBe("asking");
    expect(t3.dispatched.turns("run-1").map(({ text }) => text)).toEqual(["implement it"]);
  });

  it.each<[string, Script, string]>([
    ["a turn that is completed is done", (turn) => turn.complete(), "done"],
    ["a turn that fails has failed", (turn) => turn.fail("no quota"), "failed"],
    ["an agent that crashes has failed", (turn) => turn.crash(), "failed"],
    ["an agent that could not start never did", (turn) => turn.couldNotStart(), "never_started"],
  ])("%s", async (_name, script, state) => {
    const { client } = await begun(script);
    expect(await stateOf(client())).toBe(state);
  });

  it("work in the background is work, though the turn is completed", async () => {
    const { client } = await begun((turn) => {
      turn.background("working");
      turn.complete();
    });
    expect(await stateOf(client())).toBe("working");
  });

  it("an interrupt brings a running turn to rest, and a server's restart too", async () => {
    const { client } = await begun();
    const view = await client().thread("run-1");
    const turnId = view.known ? (view.value?.turnId ?? null) : null;
    expect(await client().interrupt("run-1", turnId, "run-1:fence-1")).toMatchObject({ type: "done" });
    expect(["done", "failed"]).toContain(await stateOf(client()));

    const other = await begun();
    other.t3.restart();
    expect(await stateOf(other.client())).toBe("failed");
  });

  it("a turn accepted by a wedged server never starts, and a delete fences it", async () => {
    const { t3, agent, client } = world();
    await client().ensureProject(PROJECT);
    await client().createThread(THREAD);
    t3.setWedged(true);
    expect(await client().startTurn(TURN)).toMatchObject({ type: "done" });
    expect(await stateOf(client())).toBe("never_started");
    expect(await client().deleteThread("run-1")).toEqual({ type: "done", value: null });
    expect(await client().thread("run-1")).toEqual({ known: true, value: null });
    t3.setWedged(false);
    expect(agent.turns).toHaveLength(0);
    expect(await client().deleteThread("run-1")).toEqual({ type: "done", value: null });
    expect(await client().startTurn({ ...TURN, key: "run-1:again" })).toMatchObject({ type: "refused" });
  });

  it("a fix-forward is a further turn in the same thread", async () => {
    const { t3, client } = await begun((turn) => turn.complete());
    const first = await client().thread("run-1");
    await client().startTurn({ ...TURN, key: "run-1:fix-1", text: "CI is red" });
    const second = await client().thread("run-1");
    expect(t3.dispatched.turns("run-1").map(({ text }) => text)).toEqual(["implement it", "CI is red"]);
    expect(first).not.toEqual(second);
  });
});

describe("ids that are spent", () => {
  it("a deleted thread's id is followed by the next, and the turn goes there", async () => {
    const { t3, client } = world();
    await client().ensureProject(PROJECT);
    await client().createThread(THREAD);
    await client().deleteThread("run-1");
    // The receipt still says yes to the same command; only a new one learns that the id is spent.
    t3.faults.push({ match: isDispatch, respond: { status: 500, body: ITS_OWN_500 }, times: 1 });
    expect(await client().createThread(THREAD)).toEqual({ type: "done", value: "run-1-2" });
    expect(await client().startTurn({ ...TURN, threadId: "run-1-2" })).toMatchObject({ type: "done" });
    expect(await stateOf(client(), "run-1-2")).toBe("working");
  });

  it("a project that a person deleted is made again beside its old id, and adopted from then on", async () => {
    const { t3, client } = world();
    await client().ensureProject(PROJECT);
    t3.removeProject("afk-p");
    expect(await client().ensureProject(PROJECT)).toEqual({ type: "done", value: "afk-p-2" });
    expect(await client().ensureProject(PROJECT)).toEqual({ type: "done", value: "afk-p-2" });
    expect(t3.dispatched.commands("project.create")).toHaveLength(2);
  });

  it("an unknown project ends the wish for a thread after three ids", async () => {
    const { client } = world();
    expect(await client().createThread(THREAD)).toMatchObject({ type: "refused" });
  });

  it("a project of a person's own for this workspace is adopted", async () => {
    const { t3, client } = world();
    await client().ensureProject({ ...PROJECT, projectId: "by-hand", workspace: `${WORKSPACE}/` });
    expect(await client().ensureProject(PROJECT)).toEqual({ type: "done", value: "by-hand" });
    expect(t3.dispatched.commands("project.create")).toHaveLength(1);
  });
});

const ITS_OWN_500 = { code: "internal_error", reason: "orchestration_dispatch_failed" };
const isDispatch = ({ path }: { path: string }) => path === "/api/orchestration/dispatch";

/** Each act, after what it needs, with the number of commands it may ever cause. */
const acts: [string, (t3: ReturnType<typeof createT3Client>) => Promise<unknown>, string][] = [
  ["ensureProject", (t3) => t3.ensureProject(PROJECT), "project.create"],
  ["createThread", (t3) => t3.createThread(THREAD), "thread.create"],
  ["startTurn", (t3) => t3.startTurn(TURN), "thread.turn.start"],
  ["interrupt", (t3) => t3.interrupt(...INTERRUPT), "thread.turn.interrupt"],
  ["deleteThread", (t3) => t3.deleteThread("run-1"), "thread.delete"],
];

const lost: FaultResponse[] = [
  "reset",
  "hang",
  "effect-then-reset",
  "effect-then-hang",
  { status: 502, body: "<html>bad gateway</html>" },
  { status: 429, headers: { "retry-after": "1" } },
];

describe("a lost answer", () => {
  const cases = acts.flatMap(([name]) => lost.map((fault) => [name, JSON.stringify(fault), fault] as const));

  it.each(cases)("%s after %s: retried under the same id, done once", async (name, _said, fault) => {
    const { t3, client } = world();
    for (const [each, act, type] of acts) {
      if (each === name) {
        t3.faults.push({ match: isDispatch, respond: fault, times: 1 });
        expect(await act(client())).toMatchObject({ type: "retry", auth: false });
      }
      expect(await act(client())).toMatchObject({ type: "done" });
      expect(await act(client())).toMatchObject({ type: "done" });
      expect(t3.dispatched.commands().filter(({ command }) => command.type === type)).toHaveLength(1);
      if (each === name) return;
    }
  });

  it.each(acts)("%s: after T3's own 500 it is done under the next id", async (name) => {
    const { t3, client } = world();
    for (const [each, act] of acts) {
      if (each === name) t3.faults.push({ match: isDispatch, respond: { status: 500, body: ITS_OWN_500 }, times: 1 });
      expect(await act(client())).toMatchObject({ type: "done" });
      if (each === name) return;
    }
  });
});

describe("a token", () => {
  it("that was revoked is told as such by every read and act, and all goes on once it is good again", async () => {
    const { t3, client } = await begun();
    t3.revokeToken(TOKEN);
    expect(await client().snapshot()).toMatchObject({ known: false, auth: true });
    expect(await client().thread("run-1")).toMatchObject({ known: false, auth: true });
    expect(await client().startTurn({ ...TURN, key: "k" })).toMatchObject({ type: "retry", auth: true });
    expect(await client().environment()).toMatchObject({ known: true });
    t3.addToken(TOKEN, ["orchestration:read", "orchestration:operate"]);
    expect(await client().startTurn({ ...TURN, key: "k" })).toMatchObject({ type: "done" });
  });

  it("that may only read is told with the scope it lacks", async () => {
    const { t3, client } = await begun();
    t3.addToken("reader", ["orchestration:read"]);
    expect(await client("reader").snapshot()).toMatchObject({ known: true });
    expect(await client("reader").deleteThread("run-1")).toMatchObject({
      type: "retry",
      auth: true,
      why: expect.stringContaining("orchestration:operate"),
    });
  });
});

describe("both reads of a thread", () => {
  it("agree on its state, whatever happens to it", async () => {
    const steps = ["turn", "ask", "approve", "answer", "complete", "fail", "crash", "interrupt", "restart", "touch"];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...steps), { maxLength: 10 }), async (played) => {
        const { t3, agent, client } = await begun();
        for (const [index, step] of played.entries()) {
          await play(step, index);
          const live = agent.turns.some((turn) => !turn.ended);
          const state = await stateOf(client());
          if (live) expect(["done", "failed"]).not.toContain(state);
        }

        async function play(step: string, index: number): Promise<void> {
          if (step === "turn") await client().startTurn({ ...TURN, key: `k-${index}` });
          if (step === "interrupt") await client().interrupt("run-1", null, `i-${index}`);
          if (step === "restart") {
            agent.killAll();
            t3.restart();
          }
          if (step === "answer") {
            const asked = await client().request("run-1");
            if (asked.known && asked.value) await client().answer("run-1", asked.value, "decide");
          }
          const turn = agent.turns.findLast((each) => !each.ended);
          if (step === "ask") turn?.ask([{ question: `Q${index}?` }]);
          if (step === "approve") turn?.requestApproval();
          if (step === "complete") turn?.complete();
          if (step === "fail") turn?.fail("it failed");
          if (step === "crash") turn?.crash();
          if (step === "touch") turn?.touch();
        }
      }),
      { numRuns: 150 },
    );
  });
});
