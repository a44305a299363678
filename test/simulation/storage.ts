/**
 * The storage of one Durable Object in memory: a KV, an alarm, and transactions. Once its instance is dead, everything
 * throws; what was written stays.
 */
import { copyOf, storedCopyOf } from "./copy.ts";
import { byUtf8 } from "./utf8.ts";

/** Thrown into whatever a dead instance still tries. */
export class Crash extends Error {
  constructor() {
    super("crashed");
  }
}

export interface Incarnation {
  name: string;
  dead: boolean;
}

export interface Hooks {
  /** Asked before each write; true: the instance dies here. */
  diesAtWrite(incarnation: Incarnation): boolean;
  onAlarm(name: string, at: number | null): void;
}

type Stored = Map<string, unknown>;

export class Disk {
  data: Stored = new Map();
  alarmAt: number | null = null;
  /** Changes with whatever is written. */
  writes = 0;
  /** Whether all that was ever written is plain data, which is frozen by now and need not be copied to be read. */
  isPlain = true;
}

interface Undo {
  data: Stored;
  alarmAt: number | null;
}

export class Storage {
  readonly kv: {
    get(key: string): unknown;
    put(key: string, value: unknown): void;
    delete(key: string): boolean;
    list(options: { prefix: string; reverse?: boolean; limit?: number }): [string, unknown][];
  };
  readonly #disk: Disk;
  readonly #incarnation: Incarnation;
  readonly #hooks: Hooks;
  #undo: Undo | null = null;

  constructor(disk: Disk, incarnation: Incarnation, hooks: Hooks) {
    this.#disk = disk;
    this.#incarnation = incarnation;
    this.#hooks = hooks;
    this.kv = {
      get: (key) => {
        this.#alive();
        return this.#read(key);
      },
      put: (key, value) => {
        const copy = storedCopyOf(value);
        if (typeof copy === "object" && copy !== null && !Object.isFrozen(copy)) disk.isPlain = false;
        this.#write();
        this.#note(key);
        disk.writes++;
        disk.data.set(key, copy);
      },
      delete: (key) => {
        this.#write();
        this.#note(key);
        disk.writes++;
        return disk.data.delete(key);
      },
      list: ({ prefix, reverse = false, limit }) => {
        this.#alive();
        if (limit !== undefined && !(limit >= 1)) throw new TypeError("List limit must be positive.");
        const keys = byUtf8([...disk.data.keys()].filter((key) => key.startsWith(prefix)));
        if (reverse) keys.reverse();
        return keys.slice(0, limit).map((key) => [key, this.#read(key)]);
      },
    };
  }

  transactionSync<T>(work: () => T): T {
    this.#alive();
    const outer = this.#undo;
    const undo: Undo = { data: new Map(), alarmAt: this.#disk.alarmAt };
    this.#undo = undo;
    try {
      const value = work();
      for (const [key, before] of undo.data) if (outer && !outer.data.has(key)) outer.data.set(key, before);
      return value;
    } catch (error) {
      this.#rollBack(undo);
      throw error;
    } finally {
      this.#undo = outer;
    }
  }

  #rollBack({ data, alarmAt }: Undo): void {
    this.#disk.writes++;
    for (const [key, before] of data)
      if (before === undefined) this.#disk.data.delete(key);
      else this.#disk.data.set(key, before);
    if (this.#disk.alarmAt === alarmAt) return;
    this.#disk.alarmAt = alarmAt;
    this.#hooks.onAlarm(this.#incarnation.name, alarmAt);
  }

  #read(key: string): unknown {
    const value = this.#disk.data.get(key);
    return this.#disk.isPlain || value === undefined ? value : copyOf(value);
  }

  /** What a key held before this transaction touched it. */
  #note(key: string): void {
    if (this.#undo && !this.#undo.data.has(key)) this.#undo.data.set(key, this.#disk.data.get(key));
  }

  /** Throws at once and never later: nobody awaits it. */
  setAlarm(at: number): Promise<void> {
    this.#alarm(Math.floor(at));
    return Promise.resolve();
  }

  deleteAlarm(): Promise<void> {
    this.#alarm(null);
    return Promise.resolve();
  }

  #alarm(at: number | null): void {
    this.#write();
    if (this.#disk.alarmAt === at) return;
    this.#disk.alarmAt = at;
    this.#hooks.onAlarm(this.#incarnation.name, at);
  }

  #write(): void {
    this.#alive();
    if (!this.#hooks.diesAtWrite(this.#incarnation)) return;
    this.#incarnation.dead = true;
    throw new Crash();
  }

  #alive(): void {
    if (this.#incarnation.dead) throw new Crash();
  }
}
