/** The loop with its ledger in memory, over the stateful stand-ins, on a clock that only the test moves. */
import { createHash } from "node:crypto";
import { onTestFinished } from "vitest";
import { parseSettings } from "../../lib/core/config.ts";
import type { Run } from "../../lib/core/run.ts";
import type { Count } from "../../lib/core/tally.ts";
import { createVersionProbe } from "../../lib/deploy/version-url.ts";
import { createT3Client } from "../../lib/executor/t3-client.ts";
import { createGithubCiWatcher } from "../../lib/forge/github/ci-watcher.ts";
import { createGithubClient } from "../../lib/forge/github/client.ts";
import { createGithubProposals } from "../../lib/forge/github/proposals.ts";
import { createGithubTracker } from "../../lib/forge/github/tracker.ts";
import type { Fleet } from "../../lib/loop/fleet.ts";
import * as book from "../../lib/loop/fleet-book.ts";
import type { Ledger } from "../../lib/loop/ledger.ts";
import type { LogLine, Loop } from "../../lib/loop/loop.ts";
import { performDue } from "../../lib/loop/perform.ts";
import { startReady } from "../../lib/loop/poller.ts";
import { Store } from "../../lib/loop/store.ts";
import { Troubles } from "../../lib/loop/troubles.ts";
import { ruleReader } from "../../lib/rules/afk-yml.ts";
import { REPO, Scene, TOKEN } from "../fakes/github/scene.ts";
import { FakeT3 } from "../fakes/t3/fake-t3.ts";
import { ScriptedRunner } from "../fakes/t3/scripted-runner.ts";

export { REPO, Troubles };
export const READY = "ready-for-agent";
const API = "https://api.github.test";
const T3 = "https://t3.test";
/** As the platform's smallest plan has it. */
const SUBREQUESTS_MAX = 50;

export class MemoryLedger implements Ledger {
  entries = new Map<string, unknown>();
  alarmAt: number | null = null;

  get(key: string): unknown {
    return structuredClone(this.entries.get(key));
  }

  put(key: string, value: unknown): void {
    this.entries.set(key, structuredClone(value));
  }

  delete(key: string): void {
    this.entries.delete(key);
  }

  list(prefix: string, { reverse = false, limit }: { reverse?: boolean; limit?: number } = {}): [string, unknown][] {
    const found = [...this.entries].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
    if (reverse) found.reverse();
    return structuredClone(found.slice(0, limit));
  }

  transaction<T>(work: () => T): T {
    const before = new Map(this.entries);
    const alarm = this.alarmAt;
    try {
      return work();
    } catch (error) {
      this.entries = before;
      this.alarmAt = alarm;
      throw error;
    }
  }

  setAlarm(at: number | null): void {
    this.alarmAt = at;
  }
}

export class Kit {
  readonly scene = new Scene();
  readonly agent = new ScriptedRunner();
  readonly t3: FakeT3;
  readonly ledger = new MemoryLedger();
  readonly log: LogLine[] = [];
  readonly counts: Count[] = [];
  /** `METHOD path` of every request, in order, to the forge without the repo's own prefix. */
  readonly asked: string[] = [];
  fleet = book.emptyFleet;
  /** How many this invocation made; null: nobody counts. */
  private made: number | null = null;
  readonly loop: Loop;

  constructor(settings: Record<string, string> = {}) {
    const { scene } = this;
    const now = () => scene.nowMs;
    let uuids = 0;
    this.t3 = new FakeT3({ now, token: "t3", environmentId: "env", runner: this.agent, uuid: () => `u-${++uuids}` });
    const send = (url: string, init: RequestInit): Promise<Response> => {
      if (this.made !== null && ++this.made > SUBREQUESTS_MAX) throw new Error("Too many subrequests.");
      const request = new Request(url, init);
      const { origin, pathname } = new URL(url);
      this.asked.push(`${request.method} ${pathname.replace(`/repos/${REPO}`, "") || "/"}`);
      return origin === API ? scene.github.handle(request) : this.t3.handle(request);
    };
    const client = createGithubClient({
      apiUrl: API,
      credentials: { type: "token", token: TOKEN },
      callMs: 1000,
      now,
      fetch: send,
    });
    const repo = { forge: "github", owner: "octo", name: "widgets" } as const;
    const parsed = parseSettings({
      AFK_KILL_SWITCH: "false",
      AFK_ALLOWLIST: `github:${REPO}`,
      T3_WORKSPACE_BASE: "/work",
      ...settings,
    });
    this.loop = {
      repo,
      settings: parsed,
      store: new Store(this.ledger, repo, parsed.config.coalesceMs),
      fleet: this.fleetPort(now),
      tracker: createGithubTracker(client, repo),
      ci: createGithubCiWatcher(client, repo),
      proposals: createGithubProposals(client, repo),
      rules: ruleReader,
      probe: createVersionProbe({ fetch: send, callMs: 1000 }),
      executor: createT3Client({ url: T3, token: "t3", headers: {}, model: "a/b", callMs: 1000, fetch: send, now }),
      notifiers: [],
      now,
      random: () => 0.5,
      digest: (text) => createHash("sha256").update(text).digest("hex"),
      log: (line) => this.log.push(line),
      requests: () => this.made ?? 0,
      count: (one) => this.counts.push(one),
      held: [],
    };
    onTestFinished(() => scene.github.assertContract());
  }

  /** An issue labelled a minute after it was written. */
  ready(title = "Widgets wobble", labels: string[] = []): number {
    const number = this.scene.issue(title, labels);
    this.scene.later(60);
    this.scene.github.people.label({ repo: REPO, number, by: "ada", label: READY });
    return number;
  }

  /** From here on requests are counted, as the smallest plan does, and this is another invocation. */
  invocation(): void {
    this.made = 0;
  }

  /** Requests of this invocation that nobody here sees. */
  ask(count: number): void {
    if (this.made !== null) this.made += count;
  }

  /** Claims what is ready. */
  async claim(): Promise<void> {
    if ((await startReady(this.loop, new Troubles())) !== "claimed") throw new Error("nothing was claimed");
  }

  /** Performs what is due until nothing is. */
  async perform(): Promise<void> {
    while (await performDue(this.loop));
  }

  runs(): Run[] {
    return this.loop.store.newestRuns(100);
  }

  run(): Run {
    const [run] = this.runs();
    if (!run) throw new Error("no run is stored");
    return run;
  }

  /** Everything stored, to see that nothing changed. */
  stored(): string {
    return JSON.stringify([...this.ledger.entries]);
  }

  /** What was asked since the last time. */
  heard(): string[] {
    return this.asked.splice(0);
  }

  private fleetPort(now: () => number): Fleet {
    return {
      paused: async () => null,
      room: async (one, limits) => {
        const [record, answer] = book.room(this.fleet, one, limits, now());
        this.fleet = record;
        return answer;
      },
      reserve: async (one, limits) => {
        const [record, answer] = book.reserve(this.fleet, one, limits, now());
        this.fleet = record;
        return answer;
      },
      retake: async (one, limits) => {
        const [record, answer] = book.retake(this.fleet, one, limits, now());
        this.fleet = record;
        return answer;
      },
      release: async (runId, thread) => {
        this.fleet = book.release(this.fleet, runId, thread);
      },
      snapshot: async () => this.loop.executor?.snapshot() ?? { known: false, why: "no executor", auth: false },
      pausedUntil: async () => null,
      report: async (repo, standing) => {
        this.fleet = book.report(this.fleet, repo, standing, now());
      },
      hold: async (repo, why) => {
        this.fleet = book.hold(this.fleet, repo, why);
      },
    };
  }
}
