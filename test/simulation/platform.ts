/**
 * The platform in memory: Durable Objects by name, each with a KV, an alarm and at most one living instance. A crash
 * makes an instance deaf and dumb from that point on: its storage and its requests throw, what it has not written is
 * lost, and the next call finds a fresh instance on the surviving storage.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { copyOf } from "./copy.ts";
import { Crash, Disk, type Hooks, type Incarnation, Storage } from "./storage.ts";

/** Who is running: set around every call into an object, so that a request knows whose it is. */
export const running = new AsyncLocalStorage<Incarnation>();

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
