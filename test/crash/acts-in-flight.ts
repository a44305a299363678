/**
 * Sees every act of the loop - a request that is to change something - arrive at a stand-in, and can hold one: before
 * it has taken effect or after, without an answer either way. That is the moment to kill the loop.
 */
import type { Fault as WireFault } from "../fakes/exchange.ts";
import { ConnectionReset } from "../fakes/forge/faults.ts";
import type { FakeGitHub } from "../fakes/github/fake-github.ts";
import type { FakeNtfy } from "../fakes/ntfy/fake-ntfy.ts";
import type { FakeSlack } from "../fakes/slack/fake-slack.ts";
import type { FakeT3 } from "../fakes/t3/fake-t3.ts";
import type { Bells } from "./bells.ts";

export const KINDS = [
  "forge: label put",
  "forge: label taken",
  "forge: comment made",
  "forge: hand-over written",
  "forge: comment changed",
  "forge: issue changed",
  "forge: rerun",
  "t3: project.create",
  "t3: thread.create",
  "t3: thread.turn.start",
  "t3: thread.user-input.respond",
  "slack: message posted",
  "slack: bell",
  "slack: message changed",
  "ntfy: bell",
] as const;

export type Kind = (typeof KINDS)[number];
export type When = "before its effect" | "after its effect" | "once answered";

interface Wish {
  kinds: readonly Kind[];
  when: When;
  seen: (kind: Kind) => void;
}

/** How a hand-over's comment begins. */
export const HAND_OVER = "<!-- afk-hand-over:";
/** By then whoever asked is long dead. */
const GIVEN_UP_MS = 5000;

export class ActsInFlight {
  private wish: Wish | null = null;
  /** How many came so far and were answered. */
  seen = 0;
  readonly bells: Bells;

  constructor(bells: Bells) {
    this.bells = bells;
  }

  watchGitHub(github: FakeGitHub): void {
    github.faults.add(
      (request) => this.wish?.when !== "once answered" && this.wants(kindAtForge(request)),
      async (request, serve) => {
        const wish = this.take();
        if (wish?.when === "after its effect") await serve();
        wish?.seen(kindAtForge(request) ?? "forge: issue changed");
        await new Promise((resolve) => setTimeout(resolve, GIVEN_UP_MS));
        throw new ConnectionReset();
      },
    );
    const told = github.onExchange;
    github.onExchange = (exchange) => {
      told(exchange);
      this.answered(kindAtForge({ ...exchange, body: exchange.requestBody }));
    };
  }

  watchT3(t3: FakeT3): void {
    this.watchWire(t3, ({ path, body }) => {
      const type = path === "/api/orchestration/dispatch" && isRecord(body) ? body.type : null;
      return KINDS.find((kind) => kind === `t3: ${type}`) ?? null;
    });
  }

  watchSlack(slack: FakeSlack): void {
    this.watchWire(slack, ({ path, body }) => {
      if (path.endsWith("/chat.postMessage")) return isBell(body) ? "slack: bell" : "slack: message posted";
      return path.endsWith("/chat.update") ? "slack: message changed" : null;
    });
  }

  watchNtfy(ntfy: FakeNtfy): void {
    this.watchWire(ntfy, () => "ntfy: bell");
  }

  /** The next act of one of these kinds, held there; null when none came in time. `once answered`: it is not held. */
  async next(kinds: readonly Kind[], when: When, ms: number): Promise<Kind | null> {
    const { promise, resolve } = Promise.withResolvers<Kind | null>();
    this.wish = { kinds, when, seen: resolve };
    const timer = setTimeout(() => resolve(null), ms);
    const kind = await promise;
    clearTimeout(timer);
    this.wish = null;
    return kind;
  }

  /** The wire tells of a held request when it begins to hang: after the effect, where it is to have one. */
  private watchWire(
    standIn: FakeT3 | FakeSlack | FakeNtfy,
    kindOf: (asked: { path: string; body: unknown }) => Kind | null,
  ): void {
    let held: Wish | null = null;
    const fault = (when: When, respond: "hang" | "effect-then-hang"): WireFault => ({
      match: (asked) => {
        if (this.wish?.when !== when || !this.wants(kindOf(asked))) return false;
        held = this.take();
        return true;
      },
      respond,
    });
    standIn.faults.push(fault("before its effect", "hang"), fault("after its effect", "effect-then-hang"));
    standIn.onExchange = (exchange) => {
      const kind = kindOf(exchange);
      const isHeld = exchange.status === "hang";
      if (isHeld ? held?.when === "after its effect" : exchange.status === 200) this.rang(kind, exchange);
      if (!isHeld) this.answered(kind);
      else if (kind !== null) held?.seen(kind);
    };
  }

  /** Each is served in one go: when it is answered is when it came. */
  private rang(kind: Kind | null, { at, body }: { at: number; body: unknown }): void {
    if (!isRecord(body)) return;
    if (kind === "slack: bell") this.bells.rings.push({ notifier: "slack", text: String(body.text), at });
    if (kind === "ntfy: bell") this.bells.rings.push({ notifier: "ntfy", text: String(body.title), at });
  }

  private wants(kind: Kind | null): boolean {
    return kind !== null && (this.wish?.kinds.includes(kind) ?? false);
  }

  /** Only one is held. */
  private take(): Wish | null {
    const { wish } = this;
    this.wish = null;
    return wish;
  }

  private answered(kind: Kind | null): void {
    if (kind !== null) this.seen++;
    if (this.wish?.when === "once answered" && kind !== null && this.wants(kind)) this.take()?.seen(kind);
  }
}

function kindAtForge({ method, path, body }: { method: string; path: string; body: unknown }): Kind | null {
  if (method === "POST" && path.endsWith("/labels")) return "forge: label put";
  if (method === "DELETE" && path.includes("/labels/")) return "forge: label taken";
  if (method === "POST" && path.endsWith("/comments")) {
    const text = isRecord(body) ? String(body.body) : "";
    return text.startsWith(HAND_OVER) ? "forge: hand-over written" : "forge: comment made";
  }
  if (method === "PATCH" && path.includes("/comments/")) return "forge: comment changed";
  if (method === "PATCH" && /\/issues\/\d+$/.test(path)) return "forge: issue changed";
  return method === "POST" && /\/rerun/.test(path) ? "forge: rerun" : null;
}

function isBell(body: unknown): boolean {
  return isRecord(body) && String(body.metadata).includes('"afk_bell"');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
