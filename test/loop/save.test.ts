import { describe, expect, it } from "vitest";
import { comment } from "../../lib/core/messages.ts";
import type { Run } from "../../lib/core/run.ts";
import { runNotice } from "../../lib/core/run-notices.ts";
import type { Loop } from "../../lib/loop/loop.ts";
import { saveRun } from "../../lib/loop/save.ts";
import { Kit } from "./kit.ts";

async function claimed(): Promise<Kit> {
  const kit = new Kit();
  kit.ready();
  await kit.claim();
  await kit.perform();
  return kit;
}

/** Saves, and tells how many texts were made to be compared. */
function save(kit: Kit, run: Run): number {
  let texts = 0;
  const digest: Loop["digest"] = (text) => {
    texts++;
    return kit.loop.digest(text);
  };
  kit.loop.store.transaction(() => saveRun({ ...kit.loop, digest }, run));
  return texts;
}

const stateOf = (kit: Kit) => kit.loop.store.issue(1)?.comment?.state;

describe("a run that is saved", () => {
  const at = 1_800_000_000_000;

  it.each<[string, (run: Run) => Run]>([
    ["its story", (run) => ({ ...run, log: [...run.log, { at, kind: "done", text: "stamp", act: "stamp" }] })],
    ["its next look", (run) => ({ ...run, nextLookAt: at })],
    ["when an ending was first due", (run) => ({ ...run, looks: { ...run.looks, atRest: at } })],
    ["an act", (run) => ({ ...run, acts: run.acts.map((one) => ({ ...one, tries: one.tries + 1 })) })],
    ["a message's id", (run) => ({ ...run, messages: { slack: "1.2" } })],
  ])("tells nobody of %s, and neither text nor issue is written for it", async (_what, change) => {
    const kit = await claimed();
    const before = kit.run();
    const after = change(before);
    expect(runNotice(after, null)).toEqual(runNotice(before, null));
    expect(textOf(after)).toBe(textOf(before));
    expect(stateOf(kit)).toBe("acked");
    const issue = kit.ledger.entries.get("issue:1");
    expect(save(kit, after)).toBe(0);
    expect(kit.ledger.entries.get("issue:1"), "written again").toBe(issue);
    expect(kit.run()).toEqual(after);
    expect(stateOf(kit)).toBe("acked");
  });

  it("writes its comment anew where that tells of the change", async () => {
    const kit = await claimed();
    expect(save(kit, { ...kit.run(), commits: ["a".repeat(40)] })).toBeGreaterThan(0);
    expect(stateOf(kit)).toBe("pending");
  });

  it("owes another text from now on, not since it wrote the first", async () => {
    const kit = await claimed();
    kit.scene.later(7200);
    save(kit, { ...kit.run(), commits: ["a".repeat(40)] });
    expect(kit.loop.store.issue(1)?.comment).toMatchObject({
      state: "pending",
      createdAt: kit.loop.now(),
      told: false,
    });
  });

  it("says nothing of a claim before its label was read back, and everything after", async () => {
    const kit = await claimed();
    const run = kit.run();
    const acts = run.acts.map((one) => (one.deed.type === "read_back" ? { ...one, state: "pending" as const } : one));
    save(kit, { ...run, acts });
    expect(save(kit, run)).toBeGreaterThan(0);
  });

  it("counts up the version that a deciding transaction compares", async () => {
    const kit = await claimed();
    const { version } = kit.loop.store.repo();
    save(kit, { ...kit.run(), nextLookAt: at });
    expect(kit.loop.store.repo().version).toBe(version + 1);
  });
});

function textOf(run: Run): string | null {
  return comment({
    repoId: "1",
    number: 1,
    runs: [run],
    refusal: null,
    deaf: [],
    notifiers: 1,
    threadUrl: () => null,
  });
}
