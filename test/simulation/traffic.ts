/** The loop's requests on their way to the systems: delayed, crossed by what happens meanwhile, and met by mishaps. */
import { count } from "./coverage.ts";
import { LateRecords } from "./late-records.ts";
import { LateTrunk } from "./late-trunk.ts";
import { LeftAlone } from "./left-alone.ts";
import { answerOf, drawMishap, type Mishap, takesEffect } from "./network.ts";
import { APP_ORIGIN } from "./own-rules.ts";
import { running } from "./platform.ts";
import { Random } from "./random.ts";
import { Crash, type Incarnation } from "./storage.ts";
import type { System } from "./weather.ts";
import { READY, type World } from "./world.ts";

const PORTS: Record<string, System> = { "8101": "forge", "8102": "executor", "8103": "slack", "8104": "ntfy" };
const ADDRESS = /^http:\/\/127\.0\.0\.1:(\d+)(\/[^?]*)(\?.*)?$/;
const CALL_MS = 10_000;

/** A request of the loop's; by nobody: the sweep's. */
export interface Leaving {
  method: string;
  path: string;
  by: string | null;
  body: string;
}

export interface Served extends Leaving {
  system: System;
}

/** Whether the forge is asked to merge: now, or by its queue. */
export function isMerge({ method, path, body }: Pick<Leaving, "method" | "path" | "body">): boolean {
  if (method !== "GET" && /\/pulls\/\d+\/merge$/.test(path)) return true;
  return /enqueuePullRequest/.test(body);
}

export class Traffic {
  /** Told of every request that leaves, before anything happens to it. */
  onLeaving: (leaving: Leaving) => void = () => {};
  /** Told of every call that goes wrong. */
  onMishap: (one: Omit<Served, "method"> & { mishap: Mishap }) => void = () => {};
  /** Told of every request that was really served, with its body. */
  onServed: (served: Served) => void = () => {};
  /** Told of a request to a forge that has asked to be left alone. */
  onTooSoon: (one: { method: string; path: string; by: string }) => void = () => {};
  private readonly world: World;
  private readonly leftAlone = new LeftAlone();
  /** Issues on which an act of ours was refused for good. */
  private readonly refusedActs = new Set<string>();
  private readonly pageMax: number | null;
  /** What of the forge's answers is behind the forge itself. */
  private readonly late: LateRecords | LateTrunk | null;

  constructor(world: World) {
    this.world = world;
    this.pageMax = new Random(world.seed, "pages").pick([null, null, null, 4]);
    const { special } = world.weather;
    this.late =
      special === "record-behind" ? new LateRecords(world) : special === "trunk-behind" ? new LateTrunk(world) : null;
  }

  async fetch(request: Request): Promise<Response> {
    const caller = running.getStore() ?? null;
    if (caller?.dead) throw new Crash();
    const { method } = request;
    if (request.url.startsWith(`${APP_ORIGIN}/`)) return this.askApp(request, caller);
    const [, port = "", whole = "", search = ""] = ADDRESS.exec(request.url) ?? [];
    const system = PORTS[port];
    if (system === undefined) throw new Error(`nothing listens at ${request.url}`);
    const { basePath } = this.world.played;
    const pathname = system === "forge" && whole.startsWith(`${basePath}/`) ? whole.slice(basePath.length) : whole;
    const body = method === "GET" ? "" : await request.clone().text();
    this.onLeaving({ method, path: pathname, by: caller?.name ?? null, body });
    if (system === "forge" && caller && this.leftAlone.isTooSoon(caller, this.world.nowMs))
      this.onTooSoon({ method, path: pathname, by: caller.name });
    const dies = caller !== null && this.world.machine.dies(this.world.weather.crashAtCall, caller, "around a call");
    const before = dies && this.world.random.platform.chance(0.5);
    if (before && caller) this.bury(caller);
    this.world.nowMs += this.world.random.network.int(5, this.world.weather.latencyMsMax);
    await this.world.agenda.meanwhile();
    if (caller?.dead) throw new Crash();
    const mishap =
      this.world.special.mishaps.mishap({ system, method, path: pathname, body }) ??
      this.mishapOf(system, method, pathname);
    if (mishap !== null) {
      this.world.mishaps[system]++;
      if (method !== "GET" || mishap === "401")
        this.world.tell(`      FAULT ${mishap} at ${system} ${method} ${pathname}`);
      this.onMishap({ mishap, system, path: pathname, body, by: caller?.name ?? null });
      if (mishap === "429" && system === "forge") this.leftAlone.limited(caller, this.world.nowMs);
      if (mishap === "4xx") this.noteRefusal(decodeURIComponent(pathname));
      if (takesEffect(mishap)) await this.serve(system, request, { method, path: pathname + search, body }, caller);
      return answerOf(mishap, system, pathname, () => {
        this.world.nowMs += CALL_MS;
      });
    }
    const response = await this.serve(system, request, { method, path: pathname + search, body }, caller);
    if (dies && caller) this.bury(caller);
    if (caller?.dead) throw new Crash();
    return response;
  }

  /** The running system: nobody's forge, and its troubles are its own. */
  private async askApp(request: Request, caller: Incarnation | null): Promise<Response> {
    this.world.nowMs += this.world.random.network.int(5, this.world.weather.latencyMsMax);
    await this.world.agenda.meanwhile();
    if (caller?.dead) throw new Crash();
    return this.world.deploys.answer(request);
  }

  private noteRefusal(path: string): void {
    const [, repo, place] = /\/repos\/([^/]+\/[^/]+)\/(issues\/\d+|labels$)/.exec(path) ?? [];
    // Where a label must be made before it can be put on, any issue of the repo may go without it.
    if (place === "labels") this.refusedActs.add(`${repo}`);
    else if (place !== undefined) this.refusedActs.add(`${repo}${place.replace("issues/", "#")}`);
  }

  /** Whether the forge refused an act of ours on this issue for good. */
  isRefused(repo: string, number: number): boolean {
    return this.refusedActs.has(repo) || this.refusedActs.has(`${repo}#${number}`);
  }

  private bury(caller: Incarnation): never {
    caller.dead = true;
    throw new Crash();
  }

  private mishapOf(system: System, method: string, path: string): Mishap | null {
    if (this.world.weather.labelStays && method === "DELETE" && this.isReadyLabel(path)) {
      count("fault", "label-stays");
      return "4xx";
    }
    if (!this.world.stormy) return null;
    const [, repo = ""] = /^\/repos\/([^/]+\/[^/]+)/.exec(path) ?? [];
    if (system === "forge" && method === "GET" && this.world.hidden.has(repo)) return "404";
    const outage = this.world.outages.get(system);
    if (outage && outage.until > this.world.nowMs) {
      count("fault", `outage-${system}`);
      return outage.mishap;
    }
    if (!this.world.random.network.chance(this.world.weather.faults[system])) return null;
    const mishap = drawMishap(this.world.random.network, method, system);
    count("fault", `${system}-${mishap}`);
    return mishap;
  }

  private isReadyLabel(path: string): boolean {
    const [, repo = "", called] = /^\/repos\/([^/]+\/[^/]+)\/issues\/\d+\/labels\/([^/]+)$/.exec(path) ?? [];
    return called !== undefined && this.world.played.labelName(repo, decodeURIComponent(called)) === READY;
  }

  private async serve(
    system: System,
    request: Request,
    asked: { method: string; path: string; body: string },
    caller: Incarnation | null,
  ): Promise<Response> {
    const served = { system, ...asked, by: caller?.name ?? null };
    const ask = () => (system === "forge" ? this.askForge(request, asked) : this.standIn(system).handle(request));
    const late = system === "forge" && this.world.stormy ? this.late : null;
    const response = late === null ? await ask() : await late.answer(asked.method, asked.path, ask);
    this.onServed(served);
    return response;
  }

  private async askForge(request: Request, asked: { method: string; path: string; body: string }): Promise<Response> {
    const redirect = this.world.renaming.redirect(asked.method, asked.path);
    if (redirect === null)
      return this.world.renaming.answered(
        await this.world.forge.handle(this.paged(this.world.renaming.inPast(request, asked.body))),
      );
    if (!this.world.renaming.areFollowed) this.world.mishaps.forge++;
    return redirect;
  }

  /**
   * Lists of more than a hundred entries, made small. Told anew at each read: whether a page that has not changed is the
   * last one, the loop can tell only of one as long as it asked for.
   */
  private paged(request: Request): Request {
    if (this.pageMax === null || request.method !== "GET" || !request.url.includes("per_page=100")) return request;
    const url = request.url.replace("per_page=100", `per_page=${this.pageMax}`);
    const headers = new Headers(request.headers);
    headers.delete("if-none-match");
    return new Request(url, { method: "GET", headers });
  }

  private standIn(system: System): { handle(request: Request): Promise<Response> } {
    switch (system) {
      case "forge":
        return this.world.forge;
      case "executor":
        return this.world.t3;
      case "slack":
        return this.world.slack;
      case "ntfy":
        return this.world.ntfy;
      default:
        return system satisfies never;
    }
  }
}
