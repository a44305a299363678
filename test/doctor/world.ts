/**
 * (node) Everything a setting names, healthy, on loopback: a forge, T3, Slack, ntfy and the loop's own /healthz, each a
 * stand-in over real HTTP. A test breaks one thing and asks the doctor.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { health } from "../../functions/healthz.ts";
import { type DoctorInput, examine } from "../../lib/doctor/doctor.ts";
import type { Finding } from "../../lib/doctor/finding.ts";
import { EVENTS } from "../../lib/doctor/hook-events.ts";
import { plainFetch } from "../../lib/doctor/plain-fetch.ts";
import { ruleReader } from "../../lib/rules/afk-yml.ts";
import { type HttpServer, httpServer, served } from "../fakes/http-server.ts";
import { FakeNtfy } from "../fakes/ntfy/fake-ntfy.ts";
import { FakeSlack, type SlackChannel } from "../fakes/slack/fake-slack.ts";
import { READ } from "../fakes/t3/auth.ts";
import { FakeT3 } from "../fakes/t3/fake-t3.ts";
import { ScriptedRunner } from "../fakes/t3/scripted-runner.ts";
import { type AnyForge, ForgejoWorld, GithubWorld } from "./forge-worlds.ts";

export const REPO = "acme/widgets";
export const DAY_SECONDS = 86_400;
export const SECRET = "a webhook secret nobody may read";
export const TOKENS = { t3: "t3-token-of-the-loop", slack: "xoxb-token-of-the-loop", ntfy: "tk_of_the_loop" };

export class World<F extends AnyForge = AnyForge> {
  readonly forge: F;
  readonly t3: FakeT3;
  readonly channel: SlackChannel = { id: "C0AFK", name: "afk" };
  readonly slackScopes = ["chat:write", "channels:history", "channels:read"];
  readonly slack: FakeSlack;
  readonly ntfy = new FakeNtfy({ now: Date.now, token: TOKENS.ntfy });
  /** What the loop says of itself; null: another server answers there. */
  loop: unknown = HEALTH;
  readonly dataDir = mkdtempSync(join(tmpdir(), "afk-doctor-"));
  readonly servers: Record<"forge" | "t3" | "slack" | "ntfy" | "loop", HttpServer>;
  env: Record<string, string> = {};
  input: Partial<DoctorInput> = {};

  static async github(): Promise<World<GithubWorld>> {
    return World.open(await GithubWorld.open());
  }

  static async githubApp(): Promise<World<GithubWorld>> {
    return World.open(await GithubWorld.open("app"));
  }

  static async forgejo(): Promise<World<ForgejoWorld>> {
    return World.open(await ForgejoWorld.open());
  }

  private static async open<F extends AnyForge>(forge: F): Promise<World<F>> {
    const world = new World(forge);
    const servers = Object.values(world.servers);
    onTestFinished(async () => {
      for (const server of servers) await server.kill();
      rmSync(world.dataDir, { recursive: true });
      forge.fake.assertContract();
    });
    for (const server of servers) await server.listen(0);
    world.settle();
    return world;
  }

  private constructor(forge: F) {
    this.forge = forge;
    const uuid = () => crypto.randomUUID();
    this.t3 = new FakeT3({
      ...{ now: Date.now, uuid, runner: new ScriptedRunner() },
      token: "all",
      environmentId: "e",
    });
    this.t3.addToken(TOKENS.t3, [READ, "orchestration:operate"], 29.5 * DAY_SECONDS);
    const { channel, slackScopes: scopes } = this;
    this.slack = new FakeSlack({ now: Date.now, token: TOKENS.slack, channels: [channel], scopes });
    this.servers = {
      forge: served((request) => forge.handle(request)),
      t3: served((request) => this.t3.handle(request)),
      slack: served((request) => this.slack.handle(request)),
      ntfy: served((request) => this.ntfy.handle(request)),
      loop: httpServer(({ url }) =>
        new URL(url).pathname === "/healthz" && this.loop !== null
          ? Response.json(this.loop)
          : new Response("<h1>Hello</h1>", { status: 404 }),
      ),
    };
    mkdirSync(join(this.dataDir, "state"));
  }

  /** The one that the webhook signs with. */
  readonly secret = SECRET;

  get repoKey(): string {
    return `${this.forge.name}:${REPO}`;
  }

  get hookUrl(): string {
    return `${this.servers.loop.url}/webhooks/${this.forge.name}`;
  }

  /** The settings and the webhook, now that every server has its address. */
  private settle(): void {
    const { forge, servers } = this;
    forge.addHook({ url: this.hookUrl, secret: SECRET, events: [...EVENTS[forge.name].asked] });
    this.env = {
      ...forge.settings(servers.forge.url),
      AFK_ALLOWLIST: this.repoKey,
      AFK_PUBLIC_URL: servers.loop.url,
      AFK_MODEL: "claudeAgent/claude-sonnet-4-6",
      T3_URL: servers.t3.url,
      T3_TOKEN: TOKENS.t3,
      T3_WORKSPACE_BASE: "/srv/work",
      SLACK_API_URL: `${servers.slack.url}/api/`,
      SLACK_BOT_TOKEN: TOKENS.slack,
      SLACK_CHANNEL: this.channel.id,
      NTFY_URL: `${servers.ntfy.url}/afk`,
      NTFY_TOKEN: TOKENS.ntfy,
    };
  }

  get doctorInput(): DoctorInput {
    return {
      ...{
        env: this.env,
        warnings: [],
        exposedFile: null,
        dataDir: this.dataDir,
        stateVersion: 1,
        repos: [],
        parseRules: (text: string) => ruleReader.parse(text, []),
      },
      ...{ fetch: plainFetch, now: Date.now },
      diskOf: async () => ({ known: true, value: { freeBytes: 50 * 1024 ** 3, isWritable: true } }),
      ...this.input,
    };
  }

  examine(): Promise<Finding[]> {
    return examine(this.doctorInput);
  }
}

const HEALTH: Awaited<ReturnType<typeof health>> = {
  status: "ok",
  armed: false,
  disabled: ["kill switch is on (AFK_KILL_SWITCH)"],
  settings: { errors: [] },
  version: "0.1.0",
  enrolled: 1,
  runs: { in_flight: 0, frozen_repos: 0 },
  acts: { pending: 0, oldest_seconds: null },
  sweep: { last_at: null, requests: 0, carried: 0 },
  quota: {},
  executor: { reachable: null, version: null },
};
