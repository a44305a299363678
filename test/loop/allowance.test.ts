/** What one invocation begins, by the requests it has made; and how the loop goes on in the next. */
import { describe, expect, it, test } from "vitest";
import { act } from "../../lib/core/acts.ts";
import { known } from "../../lib/core/types.ts";
import { fits, REQUESTS, REQUESTS_MAX, requestsOf } from "../../lib/loop/allowance.ts";
import { performDue } from "../../lib/loop/perform.ts";
import { reconcile } from "../../lib/loop/reconcile.ts";
import { Kit, REPO } from "./kit.ts";

test.each([
  ["anything, before there was a request", 0, REQUESTS_MAX + 10, true],
  ["what just fits", 20, REQUESTS_MAX - 20, true],
  ["nothing that may not", 20, REQUESTS_MAX - 19, false],
  ["nothing once it is spent", REQUESTS_MAX, 1, false],
])("an invocation begins %s", (_, asked, cost, begins) => {
  expect(fits(asked, cost)).toBe(begins);
});

test.each([
  ["the first turn, with its gates,", 7, { type: "start_turn", turn: 1 }],
  ["a later one", 23, { type: "start_turn", turn: 2 }],
  ["a merge", 23, { type: "merge", head: "a" }],
  ["any other act", 35, { type: "stamp" }],
] as const)("%s begins no later than after %i requests", (_, asked, deed) => {
  expect(fits(asked, requestsOf(deed))).toBe(true);
  expect(fits(asked + 1, requestsOf(deed))).toBe(false);
});

test("a whole look at one candidate fits an invocation of its own", () => {
  expect(REQUESTS.poll).toBeGreaterThan(REQUESTS.candidate);
  expect(REQUESTS.candidate).toBeGreaterThan(REQUESTS.candidateOnceRead);
  expect(fits(1, REQUESTS.poll)).toBe(true);
});

/** Runs what is due now, each alarm in an invocation of its own; how many there were. */
async function invocations(kit: Kit): Promise<number> {
  for (let count = 0; count < 40; count++) {
    const at = kit.ledger.alarmAt;
    if (at === null || at > kit.scene.nowMs) return count;
    kit.invocation();
    await reconcile(kit.loop);
  }
  throw new Error("it spins");
}

function wake(kit: Kit): void {
  kit.loop.store.transaction(() => kit.loop.store.wake(kit.loop.now() - 60_000));
}

const isUnread = { known: false, why: "answers 502", auth: false } as const;

describe("what does not fit", () => {
  it("of the acts is due, and the alarm with it: none is lost or late", async () => {
    const kit = new Kit();
    const number = kit.ready();
    const comments = Array.from({ length: 60 }, () =>
      String(kit.scene.github.people.comment({ repo: REPO, number, by: "ada", body: "Thanks" }).id),
    );
    const { store, now } = kit.loop;
    const acts = comments.map((comment) => act(`react-${comment}`, { type: "react", comment, content: "+1" }, now()));
    store.transaction(() => store.putRepo({ ...store.repo(), acts }));
    kit.invocation();
    await performDue(kit.loop);
    expect(kit.heard().length).toBeLessThanOrEqual(50);
    expect(await invocations(kit)).toBe(1);
    const reacted = kit.heard().filter((one) => one.endsWith("/reactions")).length;
    expect(reacted).toBeGreaterThan(0);
    expect(store.repo().acts.filter(({ state }) => state === "pending")).toEqual([]);
    expect(kit.log.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("of the runs is looked at in the next, though the wake-up is over", async () => {
    const kit = new Kit();
    kit.ready();
    await kit.claim();
    await kit.perform();
    const { store } = kit.loop;
    kit.scene.later(1);
    await reconcile(kit.loop);
    const run = kit.run();
    store.transaction(() => store.putRun({ ...run, nextLookAt: kit.scene.nowMs + 30_000 }));
    wake(kit);
    kit.invocation();
    kit.heard();
    kit.ask(REQUESTS_MAX - 1);
    await reconcile(kit.loop);
    expect(kit.heard()).toEqual([]);
    expect(kit.ledger.alarmAt).toBeLessThanOrEqual(kit.scene.nowMs);
    await invocations(kit);
    expect(kit.heard()).toContain(`GET /issues/${run.issue.number}`);
  });

  it("of the candidates is asked in the next, and then no more", async () => {
    const kit = new Kit();
    kit.ready();
    wake(kit);
    kit.invocation();
    kit.ask(REQUESTS_MAX - 1);
    await reconcile(kit.loop);
    expect(kit.heard()).toEqual([]);
    expect(kit.loop.store.repo().nextLookAt).toBe(kit.scene.nowMs);
    await invocations(kit);
    expect(kit.runs()).toHaveLength(1);
  });
});

describe("commands that cannot be read", () => {
  it("leave room for the candidates, and are not asked for in a rush", async () => {
    const kit = new Kit();
    kit.ready();
    const { store, tracker, now } = kit.loop;
    store.putRepo({
      ...store.repo(),
      hearing: Array.from({ length: 50 }, (_, n) => ({ comment: String(n), at: now() })),
    });
    let asked = 0;
    tracker.comment = async () => {
      asked++;
      kit.ask(4);
      return isUnread;
    };
    wake(kit);
    await invocations(kit);
    expect(kit.runs()).toHaveLength(1);
    expect(asked).toBe(3);
    const first = store.repo().hearing?.[0]?.comment;
    expect(Number(first)).toBe(asked);
    const before = asked;
    kit.scene.later(29);
    await invocations(kit);
    expect(asked).toBe(before);
    kit.scene.later(1);
    await invocations(kit);
    expect(asked).toBeGreaterThan(before);
  });
});

describe("in a repo that is woken before every alarm", () => {
  const green = {
    app: "1",
    workflow: null,
    name: "test",
    word: "success",
    order: 1,
    url: null,
    jobId: null,
    runId: null,
  } as const;

  function inPulls(): Kit {
    const kit = new Kit({ AFK_LANDING: "pull-request", AFK_MAX_OPEN_PULLS: "5", AFK_MAX_RUNS: "5" });
    kit.loop.ci.checks = async () => known([green]);
    return kit;
  }

  /** Until its pull request waits for people. */
  async function proposing(kit: Kit, title: string): Promise<void> {
    kit.ready(title);
    wake(kit);
    await invocations(kit);
    kit.scene.later(60);
    await invocations(kit);
    const branch = kit.loop.store.activeRuns().at(-1)?.branch ?? "";
    await kit.scene.push(`Steady ${title}`, { branch });
    kit.agent.turns.at(-1)?.complete();
    for (let n = 0; n < 4; n++) {
      wake(kit);
      await invocations(kit);
      kit.scene.later(60);
    }
    expect(kit.loop.store.activeRuns().at(-1)?.proposal).toMatchObject({ last: { state: "open" }, holdsRepo: false });
  }

  /** One look leaves no room for anything else. Whose it was. */
  function withLongLooks(kit: Kit): string[] {
    const looked: string[] = [];
    const { find } = kit.loop.proposals;
    kit.loop.proposals.find = async (branch, trunk) => {
      looked.push(branch);
      kit.ask(20);
      return find(branch, trunk);
    };
    return looked;
  }

  async function wokenInvocations(kit: Kit, times: number): Promise<void> {
    for (let n = 0; n < times; n++) {
      wake(kit);
      kit.invocation();
      await reconcile(kit.loop);
      kit.scene.later(1);
    }
  }

  it("comes to what is ready, though a look at a run that waits for people leaves no room", async () => {
    const kit = inPulls();
    await proposing(kit, "First");
    withLongLooks(kit);
    kit.ready("Second");
    await wokenInvocations(kit, 6);
    expect(kit.loop.store.activeRuns()).toHaveLength(2);
  });

  it("comes to each of its runs, and to what is ready", async () => {
    const kit = inPulls();
    for (const title of ["First", "Second", "Third"]) await proposing(kit, title);
    const looked = withLongLooks(kit);
    await wokenInvocations(kit, 8);
    expect(new Set(looked).size).toBe(3);
    kit.ready("Fourth");
    await wokenInvocations(kit, 8);
    expect(kit.loop.store.activeRuns()).toHaveLength(4);
  });

  it("looks at one that waits for the repo, or for a place, no sooner than its time comes", async () => {
    const kit = inPulls();
    await proposing(kit, "First");
    const run = kit.run();
    const { store, now } = kit.loop;
    const proposal = run.proposal && { ...run.proposal, wantsRepo: true };
    store.transaction(() => {
      store.putRun({ ...run, proposal, nextLookAt: now() + 30_000 });
      store.putRepo({ ...store.repo(), nextLookAt: now() });
    });
    const looked = withLongLooks(kit);
    await invocations(kit);
    expect(looked).toEqual([]);
  });

  it("comes to what is ready, though a command cannot be read", async () => {
    const kit = inPulls();
    await proposing(kit, "First");
    withLongLooks(kit);
    kit.loop.tracker.comment = async () => isUnread;
    kit.loop.store.transaction(() => kit.loop.store.hear({ comment: "12", at: kit.loop.now() }));
    kit.ready("Second");
    for (let n = 0; n < 8; n++) {
      await wokenInvocations(kit, 1);
      kit.scene.later(10);
    }
    expect(kit.loop.store.activeRuns()).toHaveLength(2);
  });
});
