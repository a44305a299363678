/** What a look could not read: when it is told, and what ends it. */
import { describe, expect, it } from "vitest";
import { ASKED_CAP_MS, TRIES_BEFORE_TELLING } from "../../lib/core/acts.ts";
import { done, known, unread } from "../../lib/core/types.ts";
import { Kit, Troubles } from "./kit.ts";

const REPLACED = { ...unread("another server"), auth: true };

/** One reconcile: whose reads went how. */
function reconcile(kit: Kit, reads: (troubles: Troubles) => void): void {
  const { store } = kit.loop;
  const troubles = new Troubles();
  reads(troubles);
  store.transaction(() => store.putRepo(troubles.store(kit.loop, store.repo())));
}

const bells = (kit: Kit) => kit.loop.store.repo().acts.filter((one) => one.deed.type === "ring").length;

/** A repo with these runs, and one notifier that would ring. */
function withRuns(...active: string[]): Kit {
  const kit = new Kit();
  kit.loop.notifiers.push({ name: "phone", show: async () => done(null), ring: async () => done(null) });
  const { store } = kit.loop;
  store.transaction(() => store.putRepo({ ...store.repo(), active }));
  return kit;
}

describe("what the looks at one run cannot read", () => {
  it("is not ended by another run's read, nor told again", () => {
    const kit = withRuns("a", "b");
    for (let n = 0; n < 5; n++) {
      reconcile(kit, (troubles) => troubles.of("a").note("executor", REPLACED));
      reconcile(kit, (troubles) => troubles.of("b").readable("executor"));
      reconcile(kit, (troubles) => troubles.note("executor", known(1)));
    }
    expect(bells(kit)).toBe(1);
  });

  it("is told after ten of its own looks, whatever others read in between", () => {
    const kit = withRuns("a", "b");
    for (let n = 0; n < TRIES_BEFORE_TELLING; n++) {
      expect(bells(kit)).toBe(0);
      reconcile(kit, (troubles) => troubles.of("a").note("executor", unread("a state of tomorrow")));
      reconcile(kit, (troubles) => troubles.of("b").readable("executor"));
    }
    expect(bells(kit)).toBe(1);
  });

  it.each<[string, (kit: Kit) => void]>([
    ["it can be read again", (kit) => reconcile(kit, (troubles) => troubles.of("a").readable("executor"))],
    [
      "its run is over and another reads",
      ({ loop: { store } }) => store.transaction(() => store.putRepo({ ...store.repo(), active: ["b"] })),
    ],
  ])("is over once %s, and the next one is told", (_, ends) => {
    const kit = withRuns("a", "b");
    reconcile(kit, (troubles) => troubles.of("a").note("executor", REPLACED));
    ends(kit);
    reconcile(kit, (troubles) => troubles.of("b").readable("executor"));
    expect(kit.loop.store.repo().troubles).toEqual({});
    reconcile(kit, (troubles) => troubles.of("b").note("executor", REPLACED));
    expect(bells(kit)).toBe(2);
  });
});

it("what the repo itself could not read ends with anybody's read", () => {
  const kit = withRuns("a");
  reconcile(kit, (troubles) => troubles.note("forge", REPLACED));
  reconcile(kit, (troubles) => troubles.of("a").readable("forge"));
  expect(kit.loop.store.repo().troubles).toEqual({});
});

it("a rate limit is told once it outlasts any that ends by itself, however often it is met before", () => {
  const kit = withRuns("a");
  const meet = () => reconcile(kit, (troubles) => troubles.note("forge", { ...unread("429"), limited: true }));
  for (let n = 0; n <= TRIES_BEFORE_TELLING; n++) meet();
  kit.scene.later(ASKED_CAP_MS / 1000);
  meet();
  expect(bells(kit)).toBe(0);
  kit.scene.later(1);
  meet();
  expect(bells(kit)).toBe(1);
});
