/** Records of other versions: an older one is read by the table, a newer one holds its repo and is written over by nobody. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  MIGRATIONS,
  type Migration,
  migrated,
  RECORD_VERSIONS,
  RecordError,
  type RecordKind,
  STATE_VERSION,
} from "../../lib/loop/migrations.ts";
import { reconcile } from "../../lib/loop/reconcile.ts";
import { Kit } from "./kit.ts";

const KINDS = Object.keys(RECORD_VERSIONS) as RecordKind[];

/** Steps from version 1 to `last`, each of which leaves its mark. */
function stepsTo(last: number): Migration[] {
  return Array.from({ length: last - 1 }, (_, at) => ({
    kind: "run",
    from: at + 1,
    to: at + 2,
    migrate: (record) => ({ ...record, passed: [...(Array.isArray(record.passed) ? record.passed : []), at + 2] }),
  }));
}

describe("the table of migrations", () => {
  it("leads from every older version of every kind to today's", () => {
    for (const kind of KINDS)
      for (let v = 1; v <= RECORD_VERSIONS[kind]; v++)
        expect(migrated(kind, { v })).toMatchObject({ v: RECORD_VERSIONS[kind] });
    expect(Math.max(...Object.values(RECORD_VERSIONS))).toBeLessThanOrEqual(STATE_VERSION);
    for (const { kind, from, to } of MIGRATIONS) {
      expect(KINDS).toContain(kind);
      expect(from).toBeLessThan(to);
    }
  });

  it("is walked step by step, once each, and the stored record stays as it was", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 5 }), (current, back) => {
        const v = Math.max(1, current - back);
        const stored = Object.freeze({ v, kept: "as it was" });
        const read = migrated("run", stored, "run a", stepsTo(current), current) as { v: number; passed?: number[] };
        expect(read).toMatchObject({ v: current, kept: "as it was" });
        expect(read.passed ?? []).toEqual(Array.from({ length: current - v }, (_, at) => v + 1 + at));
        expect(stored).toEqual({ v, kept: "as it was" });
        if (v === current) expect(read).toBe(stored);
      }),
    );
  });

  it("refuses a newer record, naming it, its version and what to do", () => {
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), fc.integer({ min: 1, max: 1000 }), (kind, more) => {
        const v = RECORD_VERSIONS[kind] + more;
        const read = () => migrated(kind, { v }, `${kind} abc`);
        expect(read).toThrow(RecordError);
        expect(read).toThrow(`the ${kind} abc record has version ${v} and this release reads version`);
        expect(read).toThrow("run the newer release that wrote it, or restore a backup made before that");
      }),
    );
  });

  it("refuses an older one from which no step leads on, or one that leads nowhere", () => {
    expect(() => migrated("run", { v: 1 }, "run a", [], 2)).toThrow(
      "the run a record has version 1, which this release",
    );
    const still: Migration = { kind: "run", from: 1, to: 1, migrate: (record) => record };
    expect(() => migrated("run", { v: 1 }, "run a", [still], 2)).toThrow(RecordError);
  });
});

describe("a repo with a record of a newer release", () => {
  const NEWER = { v: 2, shape: "nobody knows" };

  it.each(["the run in flight", "the repo"])(
    "is held when it is %s: nothing is read, sent or written over",
    async (what) => {
      const kit = new Kit();
      kit.ready();
      await kit.claim();
      const key = what === "the repo" ? "repo" : `run:${kit.run().id}`;
      const good = kit.ledger.get(key);
      kit.ledger.put(key, NEWER);
      const before = kit.stored();
      kit.heard();
      await reconcile(kit.loop);
      expect(kit.stored()).toBe(before);
      expect(kit.heard()).toEqual([]);
      expect(kit.ledger.alarmAt).toBe(kit.scene.nowMs + 60_000);
      expect(kit.log.at(-1)).toMatchObject({ level: "error", code: "record" });
      expect(Object.values(kit.fleet.held ?? {})).toEqual([expect.stringContaining("has version 2")]);

      kit.ledger.put(key, good);
      await reconcile(kit.loop);
      expect(kit.fleet.held).toEqual({});
      expect(kit.t3.dispatched.turns()).toHaveLength(1);
    },
  );
});
