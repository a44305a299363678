/** The executor's project of a repo. */
import { expect, test } from "vitest";
import { createThread } from "../../lib/loop/deeds-executor.ts";
import { Kit } from "./kit.ts";

test("one that a person deletes after each run is made anew for the next, however often", async () => {
  const kit = new Kit();
  kit.ready();
  await kit.claim();
  for (const id of ["a", "b", "c", "d", "e"].map((letter) => letter.repeat(16))) {
    expect(await createThread(kit.loop, { ...kit.run(), id })).toMatchObject({ type: "done" });
    const { projectId } = kit.t3.dispatched.threads().at(-1) ?? {};
    kit.t3.removeProject(String(projectId));
  }
});
