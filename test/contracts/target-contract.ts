/** Where a proposal of ours goes by now, as an adapter reads it, asked of each (test/forge/<forge>/proposals.test.ts). */
import { expect, test } from "vitest";
import type { Proposals } from "../../lib/forge/proposals.ts";
import type { ForgePulls } from "../fakes/forge/pulls.ts";
import type { ForgeScene } from "../fakes/forge/scene.ts";

/** An adapter, before a stand-in of its forge or before one answer to all it asks. */
export interface TargetBench {
  stage(): { proposals: Proposals; pulls: ForgePulls; scene: Pick<ForgeScene, "push"> };
  answering(answer: Response): { proposals: Proposals };
}

const REPO = "octo/widgets";
const BRANCH = "afk/7-a1b2c3d4e5f60718";

export function targetContract({ stage, answering }: TargetBench): void {
  test("is the branch that one of ours is to be merged into by now, found by its number", async () => {
    const on = stage();
    await on.scene.push("Stand still", { branch: BRANCH, by: "afk-loop", files: ["src/stand.ts"] });
    const opened = await on.proposals.open({ branch: BRANCH, trunk: "main", title: "Widgets", body: "Refs #1" });
    if (opened.type !== "done") throw new Error(JSON.stringify(opened));
    const number = opened.value;
    const at = { repo: REPO, number, by: "ada" };
    const told = () => on.proposals.target(number);
    expect(await told()).toEqual({ known: true, value: { state: "open", trunk: "main" } });
    await on.scene.push("Another base", { branch: "next" });
    await on.pulls.retarget({ ...at, base: "next" });
    expect(await told()).toEqual({ known: true, value: { state: "open", trunk: "next" } });
    expect(await on.proposals.find(BRANCH, "main")).toEqual({ known: true, value: null });
    await on.pulls.merge(at);
    expect(await told()).toEqual({ known: true, value: { state: "merged", trunk: "next" } });
  });

  test("one that is not there is none; where that cannot be read it is unread", async () => {
    const on = stage();
    expect(await on.proposals.target(99)).toEqual({ known: true, value: null });
    expect(await answering(new Response("", { status: 502 })).proposals.target(1)).toMatchObject({ known: false });
  });
}
