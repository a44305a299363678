/** Windows of trouble: a system down, the executor wedged, restarted or forgetful, settings that change, the switch. */
import { MODEL } from "./armed-settings.ts";
import { count } from "./coverage.ts";
import { drawMishap } from "./network.ts";
import type { Random } from "./random.ts";
import { SYSTEMS } from "./weather.ts";
import { START_MS, type World } from "./world.ts";

export const TROUBLES = [
  ["outage", 3],
  ["wedge", 1],
  ["restart", 1],
  ["forgets", 0.5],
  ["too-old", 0.5],
  ["switch", 1],
  ["unenrol", 1],
  ["settings", 1],
  ["retuned", 0.7],
  ["bad-setting", 0.5],
  ["no-model", 0.5],
  ["repo-hidden", 0.7],
  ["quota", 1],
  ["release", 1],
] as const;

export class Troubles {
  private readonly world: World;
  private readonly random: Random;

  constructor(world: World, random: Random) {
    this.world = world;
    this.random = random;
  }

  begin(): unknown {
    const { world, random } = this;
    const minutes = random.int(1, 10);
    const kind = random.weighted(TROUBLES);
    if (kind === "quota" && world.forge.quota === null) return;
    count("fault", `trouble-${kind}`);
    const end = (what: string, run: () => unknown) => world.after(minutes * 60_000, what, run, "top");
    switch (kind) {
      case "outage":
        return this.outage(minutes);
      case "wedge":
        world.tell("the executor wedges");
        world.t3.setWedged(true);
        return end("the executor is freed", () => world.t3.setWedged(false));
      case "restart":
        return this.restart("the executor restarts");
      case "forgets":
        this.restart("the executor restarts and has forgotten every thread");
        world.forgotAt = world.nowMs;
        return world.t3.forget();
      case "too-old":
        world.tell("the executor is set back to an old version");
        world.t3.setVersion("0.0.28");
        return end("the executor is upgraded", () => world.t3.setVersion(null));
      case "switch":
        world.tell("the kill switch is thrown");
        world.set({ AFK_KILL_SWITCH: "true" });
        return end("the kill switch is off again", () => world.set({ AFK_KILL_SWITCH: "false" }));
      case "unenrol":
        return this.unenrol(end);
      case "settings":
        world.tell("limits are tightened");
        return world.set({ AFK_MAX_RUNS: "1", AFK_RUN_MAX_SECONDS: "500", AFK_FIX_FORWARD_MAX_ATTEMPTS: "1" });
      case "retuned":
        return this.retune();
      case "bad-setting":
        world.tell("a setting is mistyped");
        world.set({ AFK_POLL_SECONDS: "often" });
        return end("the setting is mended", () => world.set({ AFK_POLL_SECONDS: "60" }));
      case "no-model":
        world.tell("the model is unset");
        world.set({ AFK_MODEL: "" });
        return end("the model is set again", () => world.set({ AFK_MODEL: MODEL }));
      case "repo-hidden":
        return this.hide(end);
      case "quota":
        return this.spendQuota(minutes);
      case "release":
        world.tell("a new release");
        return world.machine.killAll();
      default:
        return kind satisfies never;
    }
  }

  private outage(minutes: number): void {
    const { world, random } = this;
    const system = random.pick(SYSTEMS);
    const mishap = drawMishap(random, "GET", system);
    world.tell(`${system} is out for ${minutes} minutes: ${mishap}`);
    world.outages.set(system, { until: world.nowMs + minutes * 60_000, mishap });
  }

  private restart(what: string): void {
    this.world.tell(what);
    this.world.t3.restart();
    this.world.agents.killAll();
  }

  /** What is no limit: how a run that is under way goes on must not hang on how it began. */
  private retune(): void {
    const { world, random } = this;
    const landing = random.pick(["auto", "pull-request"]);
    const pulls = {
      AFK_MERGE: random.pick(["never", "when-green"]),
      // Where the trunk takes a push, "auto" is another landing.
      AFK_LANDING: world.weather.pulls?.rules?.pullRequest ? landing : "pull-request",
      AFK_REVIEW_COLLECT_SECONDS: random.pick(["5", "60"]),
    };
    world.tell("other settings hold from now on");
    world.set({
      AFK_POLL_SECONDS: random.pick(["90", "180"]),
      AFK_COALESCE_SECONDS: random.pick(["0.2", "60"]),
      ...(world.weather.pulls === null ? {} : pulls),
    });
  }

  private unenrol(end: (what: string, run: () => unknown) => unknown): void {
    const { world, random } = this;
    const repo = random.pick(world.repoNames);
    world.tell(`${repo} is taken off the list`);
    const list = world.settings.AFK_ALLOWLIST ?? "";
    world.set({ AFK_ALLOWLIST: list.replace(world.key(repo), world.key("acme/none")) });
    end(`${repo} is on the list again`, () => world.enrolAll());
  }

  /** As when access is withdrawn: every read of the repo is answered as if there were none. */
  private hide(end: (what: string, run: () => unknown) => unknown): void {
    const { world, random } = this;
    const repo = random.pick(world.repoNames);
    world.tell(`${repo} is hidden`);
    world.hidden.add(repo);
    end(`${repo} is to be seen again`, () => world.hidden.delete(repo));
  }

  private spendQuota(minutes: number): void {
    const { world, random } = this;
    world.tell("the forge's quota is nearly spent");
    // Whole again by the calm at the latest: nobody asks before the time that was told.
    const leftMs = START_MS + world.weather.weatherMs - world.nowMs;
    world.forge.quota?.leave(random.int(0, 60), world.forgeNow() + Math.min(minutes * 60_000, leftMs));
  }
}
