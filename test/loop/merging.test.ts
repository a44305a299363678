/** A merge that was decided, and what speaks against it at the try. */
import { expect, test } from "vitest";
import { withMerge } from "../../lib/core/merge-wish.ts";
import { newProposal } from "../../lib/core/proposal.ts";
import { known } from "../../lib/core/types.ts";
import { aProposal } from "../core/kit.ts";
import { Kit } from "./kit.ts";

const HEAD = "b".repeat(40);

test("one that is taken back is not decided anew at once, though the look would", async () => {
  const kit = new Kit({ AFK_MERGE: "when-green" });
  kit.ready();
  await kit.claim();
  await kit.perform();
  const { store, tracker, proposals, now, settings } = kit.loop;
  const issue = await tracker.issue(kit.run().issue.number);
  if (!issue.known || issue.value.type === "gone") throw new Error("no issue");
  const unlabelled = { ...issue.value, issue: { ...issue.value.issue, labels: [] } };
  // As after a label was renamed: it is off, and the record knows nobody who took it off.
  tracker.issue = async () => known(unlabelled);
  proposals.find = async () => known(aProposal({ state: "open", head: HEAD, review: "approved" }));
  store.transaction(() => {
    store.putRun({
      ...withMerge({ ...kit.run(), proposal: newProposal("when-green") }, HEAD, now()),
      nextLookAt: now(),
    });
  });
  await kit.perform();
  expect(kit.run().acts.find(({ deed }) => deed.type === "merge")?.state).toBe("cancelled");
  expect(kit.run().nextLookAt).toBe(now() + settings.config.pollMs);
});
