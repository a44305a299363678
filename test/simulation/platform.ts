/**
 * The platform in memory: Durable Objects by name, each with a KV, an alarm and at most one living instance. A crash
 * makes an instance deaf and dumb from that point on: its storage and its requests throw, what it has not written is
 * lost, and the next call finds a fresh instance on the surviving storage.
 */
import { AsyncLocalStorage } from "node:async_hooks";
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
}

/** Who is running: set around every call into an object, so that a request knows whose it is. */
export const running = new AsyncLocalStorage<Incarnation>();

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
        const value = disk.data.get(key);
        return value === undefined ? undefined : copyOf(value);
      },
      put: (key, value) => {
        const copy = storedCopyOf(value);
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
        return keys.slice(0, limit).map((key) => [key, copyOf(disk.data.get(key))]);
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

interface Living {
  incarnation: Incarnation;
  object: Record<string, unknown>;
}

export type ObjectClass = new (ctx: unknown, env: unknown) => object;

/** All objects of one class. */
export class Objects {
  readonly disks = new Map<string, Disk>();
  readonly #living = new Map<string, Living>();
  readonly #make: ObjectClass;
  readonly #envOf: () => object;
  readonly #hooks: Hooks;

  constructor(make: ObjectClass, envOf: () => object, hooks: Hooks) {
    this.#make = make;
    this.#envOf = envOf;
    this.#hooks = hooks;
  }

  disk(name: string): Disk {
    const disk = this.disks.get(name) ?? new Disk();
    this.disks.set(name, disk);
    return disk;
  }

  /** As a Worker's binding sees it. */
  getByName(name: string): object {
    const call = (method: string, args: unknown[]) => this.call(name, method, args);
    return new Proxy(
      {},
      {
        get: (_target, method) => (method === "then" ? undefined : (...args: unknown[]) => call(String(method), args)),
      },
    );
  }

  async call(name: string, method: string, args: unknown[]): Promise<unknown> {
    if (running.getStore()?.dead) throw new Crash();
    const { incarnation, object } = this.#live(name);
    const handler = object[method];
    if (typeof handler !== "function") throw new Error(`no method ${method}`);
    const given = args.map(copyOf);
    const answer = await running.run(incarnation, async () => handler.apply(object, given));
    if (incarnation.dead || running.getStore()?.dead) throw new Crash();
    return copyOf(answer);
  }

  /** A new release, or the machine went down: nobody survives in memory. */
  killAll(): void {
    for (const { incarnation } of this.#living.values()) incarnation.dead = true;
    this.#living.clear();
  }

  /** The instance that runs now, by name. */
  living(name: string): Incarnation | null {
    return this.#living.get(name)?.incarnation ?? null;
  }

  #live(name: string): Living {
    const there = this.#living.get(name);
    if (there && !there.incarnation.dead) return there;
    const incarnation: Incarnation = { name, dead: false };
    const storage = new Storage(this.disk(name), incarnation, this.#hooks);
    const object = new this.#make({ storage }, this.#envOf()) as Record<string, unknown>;
    const living = { incarnation, object };
    this.#living.set(name, living);
    return living;
  }
}
