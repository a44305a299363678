/**
 * What every ledger keeps, told once and asked twice: of the real one in workerd (test/workers/ledger.test.ts) and of
 * the simulator's (test/simulation/ledger.test.ts). A ledger kinder than the real one hides what would fail in earnest.
 */
import { describe, expect, it } from "vitest";
import type { Ledger } from "../../lib/loop/ledger.ts";

/** One ledger, empty at first, and what can be done to it from outside. */
export interface LedgerBench {
  use<T>(work: (ledger: Ledger) => T): Promise<T>;
  alarmAt(): Promise<number | null>;
  /** The instance goes away with all its memory; what is stored stays. */
  restart(): Promise<void>;
}

/** Far off: no alarm of a test ever goes off. */
const LATER = Date.parse("2100-01-01T00:00:00Z");
const LATER_YET = LATER + 60_000;

/** Values that come back as they went in. */
const STORED: [string, unknown][] = [
  ["null", null],
  ["an empty text", ""],
  ["false and zero", [false, 0]],
  ["numbers of every sort", [Number.NaN, -0, 1.5, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY]],
  ["a bigint", 12n],
  ["a date", new Date(5)],
  ["a map and a set", { map: new Map([["a", { b: 1 }]]), set: new Set([1, 2]) }],
  ["bytes", new Uint8Array([1, 2, 3])],
  ["a property that is undefined", { a: undefined, b: [undefined, 1] }],
  ["a property called __proto__", JSON.parse('{"__proto__":{"a":1},"b":2}')],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 })],
  ["text beyond the basic plane", "a\u{1f600}\u0000b"],
  ["a text of a million", "v".repeat(1_000_000)],
];

/** Values no ledger takes. */
const REFUSED: [string, unknown, string][] = [
  ["a function", () => 1, "DataCloneError"],
  ["a symbol", Symbol("s"), "DataCloneError"],
  ["a function deep inside", { a: [{ b: () => 1 }] }, "DataCloneError"],
  ["a symbol deep inside", [{ a: Symbol("s") }], "DataCloneError"],
  ["a promise", { a: Promise.resolve(1) }, "DataCloneError"],
  ["a weak map", new WeakMap(), "DataCloneError"],
  ["a proxy", { a: new Proxy({ b: 1 }, {}) }, "DataCloneError"],
];

/** Sorted as ledgers sort: by the bytes of their UTF-8. */
const ODD_KEYS = [
  "",
  "%",
  "A",
  "_",
  "a",
  "a\u0000",
  "a%",
  "a/",
  "a0",
  "a:10",
  "a:9",
  "a_",
  "b",
  "\u00e9",
  "\uffff",
  "\u{10000}",
];

export function ledgerContract(open: () => Promise<LedgerBench>): void {
  describe("values", () => valuesContract(open));
  describe("lists", () => listsContract(open));
  describe("transactions", () => transactionsContract(open));
  describe("the alarm", () => alarmContract(open));
}

function valuesContract(open: () => Promise<LedgerBench>): void {
  it.each(STORED)("stores %s", async (_name, value) => {
    const bench = await open();
    await bench.use((ledger) => ledger.put("k", value));
    await bench.restart();
    await bench.use((ledger) => expect(same(ledger.get("k"), value)).toBe(true));
  });

  it.each(REFUSED)("refuses %s, and what was there stays", async (_name, value, error) => {
    const bench = await open();
    await bench.use((ledger) => {
      ledger.put("k", "before");
      expect(nameOfThrown(() => ledger.put("k", value))).toBe(error);
      expect(ledger.get("k")).toBe("before");
    });
  });

  it("passes on what a getter throws, and stores nothing", async () => {
    const bench = await open();
    const value = {
      get boom(): never {
        throw new RangeError("boom");
      },
    };
    await bench.use((ledger) => {
      expect(nameOfThrown(() => ledger.put("k", value))).toBe("RangeError");
      expect(ledger.get("k")).toBeUndefined();
    });
  });

  it("keeps a copy: what was put may change", async () => {
    const bench = await open();
    await bench.use((ledger) => {
      const value = { a: [1], deep: { b: "before" } };
      ledger.put("k", value);
      value.a.push(2);
      value.deep.b = "after";
      expect(ledger.get("k")).toEqual({ a: [1], deep: { b: "before" } });
    });
  });

  it("gives copies: no change of what was got or listed reaches what is stored", async () => {
    const bench = await open();
    await bench.use((ledger) => {
      ledger.put("k", { a: { b: 1 } });
      // A frozen copy refuses the change, which is stricter: both lose it.
      for (const got of [ledger.get("k"), ledger.list("k")[0]?.[1]]) Reflect.set((got as { a: object }).a, "b", 2);
      expect(ledger.get("k")).toEqual({ a: { b: 1 } });
    });
  });

  it("makes plain objects of instances, without methods or symbols", async () => {
    const bench = await open();
    class Kept {
      a = 1;
      method(): number {
        return this.a;
      }
    }
    await bench.use((ledger) => {
      ledger.put("k", [new Kept(), { [Symbol("s")]: 1, b: 2 }]);
      const got = ledger.get("k") as object[];
      expect(got).toEqual([{ a: 1 }, { b: 2 }]);
      expect(Object.getPrototypeOf(got[0])).toBe(Object.prototype);
      expect(Object.getOwnPropertySymbols(got[1])).toEqual([]);
    });
  });

  it("tells an absent key by undefined, and takes undefined as a value", async () => {
    const bench = await open();
    await bench.use((ledger) => {
      expect(ledger.get("absent")).toBeUndefined();
      ledger.put("k", undefined);
      expect(ledger.get("k")).toBeUndefined();
      expect(ledger.list("k")).toEqual([["k", undefined]]);
    });
  });

  it("replaces and deletes; deleting what is absent is nothing", async () => {
    const bench = await open();
    await bench.use((ledger) => {
      ledger.put("k", 1);
      ledger.put("k", 2);
      expect(ledger.get("k")).toBe(2);
      ledger.delete("k");
      ledger.delete("k");
      expect(ledger.get("k")).toBeUndefined();
      expect(ledger.list("k")).toEqual([]);
    });
  });
}

function listsContract(open: () => Promise<LedgerBench>): void {
  const keysOf = (entries: [string, unknown][]) => entries.map(([key]) => key);

  it("by the bytes of their keys, whatever the order they were put in", async () => {
    const bench = await open();
    await bench.use((ledger) => {
      for (const key of [...ODD_KEYS].reverse()) ledger.put(key, key);
      expect(keysOf(ledger.list(""))).toEqual(ODD_KEYS);
      expect(keysOf(ledger.list("", { reverse: true }))).toEqual([...ODD_KEYS].reverse());
      for (const key of ODD_KEYS) expect(ledger.get(key)).toBe(key);
    });
  });

  it.each<[string, Parameters<Ledger["list"]>[1], string[]]>([
    ["a", {}, ["a", "a\u0000", "a%", "a/", "a0", "a:10", "a:9", "a_"]],
    ["a:", {}, ["a:10", "a:9"]],
    ["a:", { reverse: true }, ["a:9", "a:10"]],
    ["a", { limit: 2 }, ["a", "a\u0000"]],
    ["a", { limit: 2, reverse: true }, ["a_", "a:9"]],
    ["a", { limit: 100 }, ["a", "a\u0000", "a%", "a/", "a0", "a:10", "a:9", "a_"]],
    ["a_", {}, ["a_"]],
    ["%", {}, ["%"]],
    ["\uffff", {}, ["\uffff"]],
    ["nothing", {}, []],
  ])("those that begin with %j, with %j", async (prefix, options, keys) => {
    const bench = await open();
    await bench.use((ledger) => {
      for (const key of ODD_KEYS) ledger.put(key, 1);
      expect(keysOf(ledger.list(prefix, options))).toEqual(keys);
    });
  });

  it.each([0, -1, Number.NaN])("refuses the limit %d", async (limit) => {
    const bench = await open();
    await bench.use((ledger) => expect(nameOfThrown(() => ledger.list("", { limit }))).toBe("TypeError"));
  });

  it("is whole at once: later writes do not change it", async () => {
    const bench = await open();
    await bench.use((ledger) => {
      for (const key of ["p1", "p2"]) ledger.put(key, key);
      const listed = ledger.list("p");
      ledger.delete("p1");
      ledger.put("p3", "p3");
      expect(keysOf(listed)).toEqual(["p1", "p2"]);
      expect(keysOf(ledger.list("p"))).toEqual(["p2", "p3"]);
    });
  });
}

function transactionsContract(open: () => Promise<LedgerBench>): void {
  it("give what the work gives, and keep what it wrote over a restart", async () => {
    const bench = await open();
    const answer = await bench.use((ledger) =>
      ledger.transaction(() => {
        ledger.put("a", 1);
        ledger.put("b", ledger.get("a"));
        ledger.delete("a");
        return ledger.list("").length;
      }),
    );
    expect(answer).toBe(1);
    await bench.restart();
    await bench.use((ledger) => expect(ledger.list("")).toEqual([["b", 1]]));
  });

  it("see their own writes", async () => {
    const bench = await open();
    await bench.use((ledger) => {
      ledger.put("a", "before");
      ledger.transaction(() => {
        ledger.put("a", "inside");
        ledger.put("b", 1);
        expect(ledger.get("a")).toBe("inside");
        expect(ledger.list("")).toHaveLength(2);
        ledger.delete("a");
        expect(ledger.get("a")).toBeUndefined();
      });
    });
  });

  it("that throw undo puts, replacements, deletes and the alarm, and pass the error on", async () => {
    const bench = await open();
    await bench.use((ledger) => {
      ledger.put("replaced", { a: 1 });
      ledger.put("deleted", 1);
      ledger.setAlarm(LATER);
    });
    await bench.use((ledger) => {
      const before = ledger.list("");
      const work = () =>
        ledger.transaction(() => {
          ledger.put("replaced", { a: 2 });
          ledger.put("new", 1);
          ledger.delete("deleted");
          ledger.setAlarm(LATER_YET);
          throw new RangeError("no");
        });
      expect(nameOfThrown(work)).toBe("RangeError");
      expect(ledger.list("")).toEqual(before);
    });
    expect(await bench.alarmAt()).toBe(LATER);
    await bench.restart();
    expect(await bench.alarmAt()).toBe(LATER);
    await bench.use((ledger) => expect(ledger.get("deleted")).toBe(1));
  });

  it("that throw bring a cleared alarm back", async () => {
    const bench = await open();
    await bench.use((ledger) => ledger.setAlarm(LATER));
    await bench.use((ledger) =>
      nameOfThrown(() =>
        ledger.transaction(() => {
          ledger.setAlarm(null);
          throw new Error("no");
        }),
      ),
    );
    expect(await bench.alarmAt()).toBe(LATER);
  });

  it("that meet a refused value are undone whole", async () => {
    const bench = await open();
    await bench.use((ledger) => {
      const work = () =>
        ledger.transaction(() => {
          ledger.put("a", 1);
          ledger.put("b", () => 1);
        });
      expect(nameOfThrown(work)).toBe("DataCloneError");
      expect(ledger.list("")).toEqual([]);
    });
  });

  it("nest: the inner one is undone alone, the outer one with all", async () => {
    const bench = await open();
    await bench.use((ledger) => {
      const inner = (key: string, then: () => void) =>
        ledger.transaction(() => {
          ledger.put(key, 1);
          then();
        });
      const fail = () => {
        throw new RangeError("no");
      };
      ledger.transaction(() => {
        ledger.put("before", 1);
        expect(nameOfThrown(() => inner("undone", fail))).toBe("RangeError");
        ledger.put("after", 1);
      });
      expect(ledger.list("").map(([key]) => key)).toEqual(["after", "before"]);
      nameOfThrown(() =>
        ledger.transaction(() => {
          inner("kept by the inner", () => {});
          fail();
        }),
      );
      expect(ledger.list("").map(([key]) => key)).toEqual(["after", "before"]);
    });
  });
}

function alarmContract(open: () => Promise<LedgerBench>): void {
  it("is none at first, is replaced and cleared", async () => {
    const bench = await open();
    expect(await bench.alarmAt()).toBeNull();
    for (const at of [LATER_YET, LATER, null, null, LATER]) {
      await bench.use((ledger) => ledger.setAlarm(at));
      expect(await bench.alarmAt()).toBe(at);
    }
  });

  it("the last one set in a transaction counts", async () => {
    const bench = await open();
    await bench.use((ledger) =>
      ledger.transaction(() => {
        ledger.setAlarm(LATER);
        ledger.setAlarm(null);
        ledger.setAlarm(LATER_YET);
      }),
    );
    expect(await bench.alarmAt()).toBe(LATER_YET);
  });

  it("is kept over a restart, and so is its absence", async () => {
    const bench = await open();
    await bench.use((ledger) => ledger.setAlarm(LATER));
    await bench.restart();
    expect(await bench.alarmAt()).toBe(LATER);
    await bench.use((ledger) => ledger.setAlarm(null));
    await bench.restart();
    expect(await bench.alarmAt()).toBeNull();
  });

  it("counts whole milliseconds", async () => {
    const bench = await open();
    await bench.use((ledger) => ledger.setAlarm(LATER + 0.7));
    expect(await bench.alarmAt()).toBe(LATER);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("refuses %d, and the one before stays", async (at) => {
    const bench = await open();
    await bench.use((ledger) => ledger.setAlarm(LATER));
    await bench.use((ledger) => expect(nameOfThrown(() => ledger.setAlarm(at))).toBe("RangeError"));
    expect(await bench.alarmAt()).toBe(LATER);
  });

  it("stores whose it is", async () => {
    const bench = await open();
    await bench.use((ledger) => ledger.setAlarm(null));
    await bench.use((ledger) => expect(ledger.list("").map(([key]) => key)).toEqual(["key"]));
  });
}

/** By value, and by own keys: `toEqual` takes `{a: undefined}` for `{}` and 0 for -0. */
function same(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null)
    return Object.is(one, other);
  if (one instanceof Date && other instanceof Date) return one.getTime() === other.getTime();
  if (one instanceof Map && other instanceof Map) return same([...one], [...other]);
  if (one instanceof Set && other instanceof Set) return same([...one], [...other]);
  const keys = Object.keys(one);
  return (
    Array.isArray(one) === Array.isArray(other) &&
    keys.join("\n") === Object.keys(other).join("\n") &&
    keys.every((key) => same(Reflect.get(one, key), Reflect.get(other, key)))
  );
}

function nameOfThrown(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Error || error instanceof DOMException ? error.name : String(error);
  }
  return "nothing";
}
