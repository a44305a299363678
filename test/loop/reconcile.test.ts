import { describe, expect, test } from "vitest";
import { known } from "../../lib/core/types.ts";
import { reconcile } from "../../lib/loop/reconcile.ts";
import { PERSON } from "../core/kit.ts";
import { Kit, READY, REPO } from "./kit.ts";

const POLL_MS = 30_000;

/** Nothing wakes the repo; its candidates are to be asked for half a poll from now. */
function waiting(): { kit: Kit; at: number } {
  const kit = new Kit();
  const at = kit.loop.now() + POLL_MS / 2;
  kit.loop.store.putRepo({ ...kit.loop.store.repo(), nextLookAt: at });
  return { kit, at };
}

describe("the time at which candidates are asked for", () => {
  test("is kept by an alarm that rings for something else", async () => {
    const { kit, at } = waiting();
    await reconcile(kit.loop);
    expect(kit.heard()).toEqual([]);
    expect(kit.loop.store.repo().nextLookAt).toBe(at);
  });

  test("ends with the asking, where there is none", async () => {
    const { kit, at } = waiting();
    kit.scene.later((at - kit.loop.now()) / 1000);
    await reconcile(kit.loop);
    expect(kit.heard().some((one) => one.startsWith("GET /issues"))).toBe(true);
    expect(kit.loop.store.repo().nextLookAt).toBeNull();
  });

  test("is set by a command that could not be read", async () => {
    const kit = new Kit();
    kit.loop.store.putRepo({ ...kit.loop.store.repo(), hearing: [{ comment: "9", at: kit.loop.now() }] });
    kit.loop.tracker.comment = async () => ({ known: false, why: "answers 502", auth: false });
    await reconcile(kit.loop);
    expect(kit.loop.store.repo().nextLookAt).toBe(kit.loop.now() + POLL_MS);
  });
});

describe("a token that is refused is told", () => {
  const refusal = { known: false, why: "401 Bad credentials", auth: true } as const;
  const refused = { why: refusal.why, auth: true, told: true };
  const troubles = (kit: Kit) => kit.loop.store.repo().troubles;

  test("to whoever waits for the answer to a command", async () => {
    const kit = new Kit();
    const { store, tracker, now } = kit.loop;
    store.putRepo({ ...store.repo(), hearing: [{ comment: "9", at: now() }] });
    const iso = new Date(now()).toISOString();
    const about = { issue: 1, createdIso: iso, forgeIso: iso };
    tracker.comment = async () => known({ id: "9", body: "/afk pause", author: PERSON, ...about });
    tracker.repo = async () => refusal;
    await reconcile(kit.loop);
    expect(troubles(kit).forge).toMatchObject(refused);
  });

  test("where it hides how a red trunk could be undone", async () => {
    const kit = new Kit();
    kit.ready();
    const { ci } = kit.scene.github;
    const run = await ci.createWorkflowRun({ repo: REPO, sha: kit.scene.base, branch: "main", by: "ada" });
    await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "failure" });
    const { store, tracker, now } = kit.loop;
    tracker.commit = async () => refusal;
    store.putRepo({ ...store.repo(), nextLookAt: now() });
    await reconcile(kit.loop);
    expect(troubles(kit).forge).toMatchObject(refused);
  });
});

test("a run that ends leaves its place to the repo that waits for one, and the next issue follows that", async () => {
  const kit = new Kit({ AFK_MAX_RUNS: "1" });
  const [first = 0] = [kit.ready(), kit.ready("Gadgets jam")];
  const { fleet, settings, store, now } = kit.loop;
  const later = async () => {
    kit.scene.later(POLL_MS / 1000);
    await reconcile(kit.loop);
  };
  store.transaction(() => store.wake(now()));
  for (let looks = 0; looks < 4; looks++) await later();
  expect(kit.run().turns[0]?.sentAt).not.toBeNull();
  expect(kit.fleet.waiting).toBeUndefined();
  const gadgets = { runId: "other", repo: "github:octo/gadgets", identity: "github:2" };
  const asks = () => fleet.room(gadgets, settings.config);
  expect(await asks()).toMatchObject({ granted: false });
  kit.scene.github.people.unlabel({ repo: REPO, number: first, by: "ada", label: READY });
  store.transaction(() => store.wake(now()));
  for (let looks = 0; looks < 6 && !(await asks()).granted; looks++) await later();
  expect(kit.runs().map((run) => [run.issue.number, run.settledAt !== null])).toEqual([[first, true]]);
  expect(kit.log.at(-1)?.msg).toBe("not now: another repo is before it in line for a place");
  await fleet.reserve(gadgets, settings.config);
  await fleet.report(gadgets.repo, { inFlight: [gadgets], frozen: false, actsPending: 0, oldestActAt: null });
  await later();
  expect(kit.runs()).toHaveLength(1);
  await fleet.release(gadgets.runId, "used");
  await later();
  expect(kit.runs().filter((run) => run.settledAt === null)).toHaveLength(1);
});
