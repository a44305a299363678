/**
 * Keeps one workerd running until told to stop.
 *
 *   it died ....................... another one at once, on the same port
 *   died 5 times within 10 s ...... told, and waited for: 1 s, doubling up to 30 s
 *   it may not listen, at start ... given up: CannotListen (its port is in use, its address is no one of this machine's)
 */
import { setTimeout as delay } from "node:timers/promises";
import { spawnWorkerd, type Workerd, type WorkerdOptions } from "./workerd.ts";

export class CannotListen extends Error {}

export interface KeeperOptions extends WorkerdOptions {
  /** A workerd was spawned, or (null) is gone. */
  onPid(pid: number | null): void;
}

export interface Keeper {
  /** Resolves when the first one listens; rejects with CannotListen. */
  started: Promise<{ http: number }>;
  /** Resolves when stopped; rejects when it cannot go on. */
  ended: Promise<void>;
  /** The sweep's port of the workerd that runs now, or null while none does. */
  sweepPort(): number | null;
  stop(): Promise<void>;
}

const deathsMax = 5;
const deathsWithinMs = 10_000;
const pauseFirstMs = 1000;
const pauseMaxMs = 30_000;
/** The launcher promises to be gone within 5 s. */
const graceMs = 3000;

export function keepWorkerd(options: KeeperOptions): Keeper {
  const stopping = new AbortController();
  const started = Promise.withResolvers<{ http: number }>();
  let current: Workerd | null = null;
  let port = options.port;
  let sweepPort: number | null = null;
  let listened = false;

  /** Runs one until it ends, and says how it ended. */
  async function runOnce(): Promise<string> {
    const workerd = spawnWorkerd({ ...options, port });
    current = workerd;
    if (workerd.pid !== 0) options.onPid(workerd.pid);
    void workerd.listening.then((ports) => {
      if (current !== workerd) return;
      listened = true;
      port = ports.http;
      sweepPort = ports.sweep;
      started.resolve({ http: port });
    });
    const { how, stderr } = await workerd.ended;
    current = null;
    sweepPort = null;
    options.onPid(null);
    const refused = listened ? undefined : /^Socket "http": (.+)$/m.exec(stderr)?.[1];
    if (refused !== undefined) throw new CannotListen(cannotListen(options.host, port, refused));
    return how;
  }

  async function keep(): Promise<void> {
    let deaths: number[] = [];
    let pauseMs = pauseFirstMs;
    while (!stopping.signal.aborted) {
      const how = await runOnce();
      if (stopping.signal.aborted) return;
      const now = Date.now();
      deaths = [...deaths.filter((at) => now - at < deathsWithinMs), now];
      if (deaths.length < deathsMax) {
        if (deaths.length === 1) pauseMs = pauseFirstMs;
        options.onStderr(`afk: workerd ended (${how}), starting it again`);
        continue;
      }
      const often = `${deathsMax} times within ${deathsWithinMs / 1000} s`;
      options.onStderr(`afk: workerd ended (${how}), ${often}; next try in ${pauseMs / 1000} s`);
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
      pauseMs = Math.min(pauseMs * 2, pauseMaxMs);
    }
  }

  const kept = keep();
  kept.catch((error: unknown) => started.reject(error));
  return {
    started: started.promise,
    ended: kept,
    sweepPort: () => sweepPort,
    async stop() {
      stopping.abort();
      current?.kill("SIGTERM");
      const late = setTimeout(() => current?.kill("SIGKILL"), graceMs);
      await kept.catch(() => {});
      clearTimeout(late);
    },
  };
}

function cannotListen(host: string, port: number, why: string): string {
  if (/address already in use/i.test(why)) return `PORT ${port} is in use`;
  return `cannot listen at AFK_HOST ${host}, PORT ${port}: ${why}`;
}
