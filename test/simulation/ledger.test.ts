/** The simulator's ledger keeps the real one's contract, and dies as it should. */
import { describe, expect, it } from "vitest";
import { ledgerOn } from "../../functions/ledger-on.ts";
import { ledgerContract } from "../contracts/ledger-contract.ts";
import { Crash, Disk, type Incarnation, Storage } from "./storage.ts";

const KEY = "github:octo/contract";

/** A ledger whose instance dies at the nth write from its birth, and the next one on the same disk. */
class Bench {
  readonly disk = new Disk();
  incarnation: Incarnation = { name: KEY, dead: false };
  writesLeft = Number.POSITIVE_INFINITY;

  ledger() {
    const hooks = { diesAtWrite: () => this.writesLeft-- <= 0, onAlarm: () => {} };
    return ledgerOn(new Storage(this.disk, this.incarnation, hooks), KEY);
  }

  restart(): void {
    this.incarnation.dead = true;
    this.incarnation = { name: KEY, dead: false };
    this.writesLeft = Number.POSITIVE_INFINITY;
  }
}

describe("the simulator's ledger", () => {
  ledgerContract(async () => {
    const bench = new Bench();
    return {
      use: async (work) => work(bench.ledger()),
      alarmAt: async () => bench.disk.alarmAt,
      restart: async () => bench.restart(),
    };
  });

  it("refuses more than two million characters under one key, as Cloudflare does and workerd on a machine does not", () => {
    const ledger = new Bench().ledger();
    expect(() => ledger.put("k", ["v".repeat(1_500_000), { w: "v".repeat(1_500_000) }])).toThrow("too big");
    expect(ledger.get("k")).toBeUndefined();
  });

  it("gives away nothing of its own, plain or not", () => {
    const ledger = new Bench().ledger();
    for (const value of [{ of: ["a"] }, new Date(5), new Map([["a", 1]])]) {
      ledger.put("k", value);
      for (const [, read] of [["k", ledger.get("k")], ...ledger.list("k")])
        try {
          Object.assign(Object(read), { of: "somebody else's" });
          if (read instanceof Date) read.setTime(9);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
        }
      expect(ledger.get("k")).toEqual(value);
      expect(Object.keys(Object(ledger.get("k")))).toEqual(Object.keys(value));
    }
  });

  it("killed before any of its writes, a transaction leaves nothing, and the dead instance does no more", () => {
    const work = (bench: Bench) => {
      const ledger = bench.ledger();
      ledger.transaction(() => {
        ledger.put("a", 2);
        ledger.delete("b");
        ledger.setAlarm(20);
        ledger.put("c", 2);
      });
    };
    for (let writes = 0; ; writes++) {
      const bench = new Bench();
      const ledger = bench.ledger();
      for (const key of ["a", "b"]) ledger.put(key, 1);
      ledger.setAlarm(10);
      bench.writesLeft = writes;
      const before = { entries: ledger.list(""), alarmAt: bench.disk.alarmAt };
      let died = false;
      try {
        work(bench);
      } catch (error) {
        died = error instanceof Crash;
      }
      if (!died) {
        expect(writes).toBe(4);
        return;
      }
      expect(() => ledger.get("a")).toThrow(Crash);
      bench.restart();
      expect({ entries: bench.ledger().list(""), alarmAt: bench.disk.alarmAt }).toEqual(before);
    }
  });
});
