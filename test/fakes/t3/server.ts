/**
 * (node) The stand-in on a port of 127.0.0.1, with real directories. It dies and comes back as T3 does: what is on
 * disk stays, agents die with it, and turns that ran are errors afterwards.
 */
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import type { Exchange } from "../exchange.ts";
import { served } from "../http-server.ts";
import type { AgentRunner } from "./agent-runner.ts";
import { FakeT3, type FakeT3Options } from "./fake-t3.ts";

type MortalRunner = AgentRunner & { killAll(): Promise<void> | void };

export interface T3ServerOptions extends Omit<FakeT3Options, "runner" | "now" | "uuid" | "disk"> {
  runner: MortalRunner;
  now?: () => number;
  uuid?: () => string;
  onExchange?: (exchange: Exchange) => void;
  onError?: (error: unknown) => void;
}

export interface T3Server {
  /** The one that answers now; after `restart` another. Its faults move along. */
  readonly t3: FakeT3;
  readonly url: string;
  listen(port?: number): Promise<string>;
  /** SIGKILL: sockets and agents die, the state stays. */
  kill(): Promise<void>;
  /** Comes back on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const DISK = {
  exists: (path: string) => existsSync(path),
  create: (path: string) => {
    mkdirSync(path, { recursive: true });
  },
};

export function t3Server(options: T3ServerOptions): T3Server {
  const { onExchange = null, onError = (error: unknown) => console.error(error) } = options;
  const full: FakeT3Options = { now: Date.now, uuid: randomUUID, ...options, disk: DISK };
  let t3 = new FakeT3(full);
  t3.onExchange = onExchange;
  let alive = true;
  const server = served((request) => t3.handle(request), onError);

  async function kill(): Promise<void> {
    if (!alive) return;
    alive = false;
    const onDisk = t3.toJSON();
    const dead = t3;
    const closed = server.kill();
    await options.runner.killAll();
    await closed;
    t3 = FakeT3.fromJSON(onDisk, full);
    t3.faults.push(...dead.faults);
    t3.onExchange = onExchange;
  }

  return {
    get t3() {
      return t3;
    },
    get url() {
      return server.url;
    },
    listen: (port) => server.listen(port),
    kill,
    restart: async () => {
      await kill();
      alive = true;
      await server.listen();
    },
    close: kill,
  };
}
