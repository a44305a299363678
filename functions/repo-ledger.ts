/**
 * One repo's KV and alarm behind the interface Ledger. It decides nothing: the alarm runs the reconcile, everything
 * else records what it was told or reads what is stored.
 */
import { DurableObject } from "cloudflare:workers";
import type { Pause } from "../lib/core/pause.ts";
import { parseRepoKey, type RepoName, type Signal } from "../lib/core/types.ts";
import { emptyMemory } from "../lib/forge/forge.ts";
import { hasRun, pause, paused, type Receipt, record, resume, wake } from "../lib/loop/desk.ts";
import type { Desk, Loop } from "../lib/loop/loop.ts";
import { RecordError } from "../lib/loop/migrations.ts";
import { reconcile } from "../lib/loop/reconcile.ts";
import { listRuns, type RunPage } from "../lib/loop/runs-view.ts";
import { type Nothing, type Why, why } from "../lib/loop/why-view.ts";
import { createDesk, createLoop } from "./compose.ts";
import { type Env, fleetOf } from "./env.ts";
import { ledgerOn } from "./ledger-on.ts";

export class RepoLedger extends DurableObject<Env> {
  private readonly memory = emptyMemory();
  private reconciling: Promise<void> = Promise.resolve();

  /** Settles when what the delivery told is durable. */
  async record(key: string, deliveryId: string, signal: Signal): Promise<Receipt> {
    return this.held(key, () => record(this.desk(key), deliveryId, signal));
  }

  async wake(key: string): Promise<void> {
    await this.held(key, () => wake(this.desk(key)));
  }

  async hasRun(key: string, runId: string): Promise<boolean> {
    return hasRun(this.desk(key), runId);
  }

  async pause(key: string, mark: Pause): Promise<Pause> {
    return pause(this.desk(key), mark);
  }

  async resume(key: string): Promise<void> {
    resume(this.desk(key));
  }

  async paused(key: string): Promise<Pause | null> {
    return paused(this.desk(key));
  }

  async runs(key: string, page: RunPage) {
    return listRuns(this.loop(key), page);
  }

  async why(key: string, issue: number): Promise<Why | Nothing> {
    return why(this.loop(key, "not kept"), issue);
  }

  /** One at a time: a platform rings at least once, and the same alarm may ring again while it is under way. */
  override alarm(): Promise<void> {
    const turn = this.reconciling.then(() => this.reconcileNow());
    this.reconciling = turn.catch(() => {});
    return turn;
  }

  private async reconcileNow(): Promise<void> {
    const key = this.ctx.storage.kv.get("key");
    if (typeof key === "string") await reconcile(this.loop(key));
  }

  /** A repo with no alarm is reconciled by nobody: that its record cannot be read is told from here. */
  private async held<T>(key: string, work: () => T): Promise<T> {
    try {
      return work();
    } catch (error) {
      if (error instanceof RecordError) await fleetOf(this.env).hold(key, error.message);
      throw error;
    }
  }

  private desk(key: string): Desk {
    return createDesk(this.env, ledgerOn(this.ctx.storage, key), repoOf(key));
  }

  private loop(key: string, reads: "kept" | "not kept" = "kept"): Loop {
    const { memory } = this;
    return createLoop(this.env, ledgerOn(this.ctx.storage, key), repoOf(key), { memory, reads });
  }
}

function repoOf(key: string): RepoName {
  const repo = parseRepoKey(key);
  if (!repo) throw new Error(`not a repo: ${key}`);
  return repo;
}
