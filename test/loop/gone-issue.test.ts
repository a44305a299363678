/** Acts on an issue that was deleted a moment before: nothing is left to be done there, and nobody is rung for it. */
import { expect, test } from "vitest";
import { done } from "../../lib/core/types.ts";
import { Kit, REPO } from "./kit.ts";

test("a comment that meets a deleted issue is given up, and calls nobody", async () => {
  const kit = new Kit();
  kit.loop.notifiers.push({ name: "phone", show: async () => done(null), ring: async () => done(null) });
  const number = kit.ready();
  await kit.claim();
  // As after our own look for it: it is gone before it is written.
  kit.scene.github.faults.add(
    ({ method, path }) => method === "POST" && path.endsWith("/comments"),
    (_request, serve) => {
      kit.scene.github.people.deleteIssue({ repo: REPO, number, by: "octo" });
      return serve();
    },
    1,
  );
  await kit.perform();
  const rings = kit.loop.store
    .acts()
    .flat()
    .filter((one) => one.deed.type === "ring");
  expect(kit.loop.store.issue(number)?.comment?.state).toBe("cancelled");
  expect(rings).toEqual([]);
});
