/** How an adapter reads one comment and reacts to it, asked of each (test/forge/<forge>/tracker.test.ts). */
import { expect, test } from "vitest";
import type { Tracker } from "../../lib/forge/tracker.ts";
import type { ForgePeople } from "../fakes/forge/stand-in.ts";

type Stage = { tracker: Pick<Tracker, "comment" | "react">; people: ForgePeople; scene: { issue(): number } };

const REPO = "octo/widgets";

export function commentContract(stage: () => Stage): void {
  test("are read one by one, with the author and the forge's clock, and reacted to once", async () => {
    const { tracker, scene, people } = stage();
    const number = scene.issue();
    const id = String(people.comment({ repo: REPO, number, by: "ada", body: "/afk why" }).id);
    expect(await tracker.comment(id)).toEqual({
      known: true,
      value: {
        id,
        issue: number,
        author: { id: expect.any(String), login: "ada", kind: "person" },
        body: "/afk why",
        createdIso: expect.any(String),
        forgeIso: expect.any(String),
      },
    });
    for (const content of ["+1", "+1", "confused"] as const)
      expect(await tracker.react(id, content)).toEqual({ type: "done", value: null });
    expect(await tracker.comment("999999")).toEqual({ known: true, value: null });
    expect(await tracker.react("999999", "+1")).toMatchObject({ type: "refused" });
  });
}
