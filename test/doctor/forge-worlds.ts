/** A healthy repo on either forge, with labels, a webhook and CI on the trunk and on a branch. */
import { generateKeyPairSync } from "node:crypto";
import { APP_PERMISSIONS } from "../../lib/doctor/github/rights.ts";
import { EVENTS } from "../../lib/doctor/hook-events.ts";
import { validateExchange } from "../contracts/validate-exchange.ts";
import type { ForgeStandIn } from "../fakes/forge/stand-in.ts";
import { FakeForgejo } from "../fakes/forgejo/fake-forgejo.ts";
import { typesFor } from "../fakes/forgejo/hook-events.ts";
import type { HookRecord as ForgejoHook, Repo as ForgejoRepo } from "../fakes/forgejo/state.ts";
import { GitMemory } from "../fakes/git/git-memory.ts";
import type { FakeApp } from "../fakes/github/app-auth.ts";
import { FakeGitHub } from "../fakes/github/fake-github.ts";
import { type HookRecord as GithubHook, hooksOf } from "../fakes/github/hook-records.ts";
import type { Repo as GithubRepo } from "../fakes/github/state.ts";

const REPO = "acme/widgets";
const LOOP = "afk-loop";
const LABELS = ["ready-for-agent", "agent-in-progress", "ready-for-human"];
export const GITHUB_TOKEN = "ghp_tokenoftheloopinthedoctorstests00";
export const FORGEJO_TOKEN = "f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0";
const SECRET = "a webhook secret nobody may read";

export interface NewHook {
  url: string;
  secret: string;
  events: string[];
}

export type AnyForge = GithubWorld | ForgejoWorld;

abstract class ForgeWorld {
  clockAheadMs = 0;
  readonly git = new GitMemory(() => Date.now());
  readonly now = () => Date.now() + this.clockAheadMs;
  abstract readonly fake: ForgeStandIn;
  trunkSha = "";

  /** People, a first commit, a branch, and CI green on both. */
  protected async furnish(): Promise<void> {
    const { people, ci } = this.fake;
    people.addUser("ada");
    people.addRepo({ name: REPO, private: true, permissions: { ada: "write", [LOOP]: "admin" } });
    this.trunkSha = this.git.add(REPO, "main", { message: "Begin", files: ["README.md"] });
    const branchSha = this.git.add(REPO, "topic", { message: "Try", parents: [this.trunkSha], files: ["a.js"] });
    for (const [branch, sha] of [
      ["main", this.trunkSha],
      ["topic", branchSha],
    ] as const) {
      const run = await ci.createWorkflowRun({ repo: REPO, sha, branch, by: "ada" });
      await ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion: "success" });
    }
  }

  /** A commit on the trunk that holds this text, without CI. */
  commit(path: string, text: string): string {
    return this.git.add(REPO, "main", { message: "More", contents: { [path]: text } });
  }

  async ciSays(sha: string, conclusion: "success" | "failure"): Promise<void> {
    const run = await this.fake.ci.createWorkflowRun({ repo: REPO, sha, branch: "main", by: "ada" });
    await this.fake.ci.updateWorkflowRun(REPO, run.id, { status: "completed", conclusion });
  }
}

export class GithubWorld extends ForgeWorld {
  readonly name = "github";
  readonly fake: FakeGitHub;
  readonly app: FakeApp | null;
  /** The App's, as PKCS#8. */
  readonly key: string;

  static async open(as: "token" | "app" = "token"): Promise<GithubWorld> {
    const world = new GithubWorld(as);
    await world.furnish();
    // Administration: read, among the rest.
    if (as === "app") world.fake.people.setPermission(REPO, "afk[bot]", "admin");
    for (const label of LABELS) world.repo.labels.push({ id: world.repo.labels.length + 1, name: label, ...LOOKS });
    return world;
  }

  private constructor(as: "token" | "app") {
    super();
    const { git, now } = this;
    const { privateKey, publicKey } = PAIR;
    this.key = String(privateKey.export({ type: "pkcs8", format: "pem" }));
    const spki = String(publicKey.export({ type: "spki", format: "pem" }));
    this.app = as === "token" ? null : { ...APP, ...rights(), publicKey: spki };
    this.fake = new FakeGitHub({
      ...{ now, git, token: GITHUB_TOKEN, login: LOOP, validate: validateExchange },
      ...(this.app === null ? {} : { app: this.app }),
    });
  }

  get repo(): GithubRepo {
    const [repo] = this.fake.state.repos;
    if (repo === undefined) throw new Error("there is no repo");
    return repo;
  }

  get hook(): GithubHook {
    const [hook] = hooksOf(this.repo);
    if (hook === undefined) throw new Error("there is no hook");
    return hook;
  }

  handle(request: Request): Promise<Response> {
    return this.fake.handle(request);
  }

  settings(url: string): Record<string, string> {
    const credentials: Record<string, string> =
      this.app === null
        ? { GITHUB_TOKEN }
        : { GITHUB_APP_ID: String(this.app.id), GITHUB_APP_PRIVATE_KEY: this.key.replaceAll("\n", "\\n") };
    return { GITHUB_API_URL: url, ...credentials, GITHUB_WEBHOOK_SECRET: SECRET };
  }

  addHook({ url, secret, events }: NewHook): void {
    const at = new Date().toISOString();
    const delivered = { id: 1, at, event: "ping", statusCode: 202 };
    if (this.app !== null) {
      this.app.hook = { url, contentType: "json", secret, deliveries: [delivered] };
      return;
    }
    const times = { createdAt: at, updatedAt: at };
    const shape = { id: 7, active: true, contentType: "json" as const };
    this.repo.hooks = [...hooksOf(this.repo), { ...shape, url, secret, events, deliveries: [delivered], ...times }];
  }

  answered(statusCode: number): void {
    const at = new Date(Date.now() + 1000).toISOString();
    this.hook.deliveries.push({ id: 2, at, event: "issues", statusCode });
  }
}

/** To make one takes a while. */
const PAIR = generateKeyPairSync("rsa", { modulusLength: 2048 });
const APP = { id: 4711, slug: "afk", installationId: 99 };

/** Each world's own, to be taken from. */
function rights(): Pick<FakeApp, "permissions" | "events"> {
  return { permissions: { ...APP_PERMISSIONS }, events: [...EVENTS.github.asked] };
}

const LOOKS = { color: "ededed", description: null };

export class ForgejoWorld extends ForgeWorld {
  readonly name = "forgejo";
  readonly fake: FakeForgejo;

  static async open(): Promise<ForgejoWorld> {
    const world = new ForgejoWorld();
    await world.furnish();
    for (const name of LABELS) world.fake.people.defineLabel(REPO, { name });
    return world;
  }

  private constructor() {
    super();
    const { git, now } = this;
    this.fake = new FakeForgejo({ now, git, token: FORGEJO_TOKEN, login: LOOP });
  }

  get repo(): ForgejoRepo {
    const [repo] = this.fake.state.repos;
    if (repo === undefined) throw new Error("there is no repo");
    return repo;
  }

  get hook(): ForgejoHook {
    const [hook] = this.repo.hooks;
    if (hook === undefined) throw new Error("there is no hook");
    return hook;
  }

  handle(request: Request): Promise<Response> {
    return this.fake.handle(request);
  }

  settings(url: string): Record<string, string> {
    return { FORGEJO_URL: url, FORGEJO_TOKEN, FORGEJO_WEBHOOK_SECRET: SECRET };
  }

  addHook({ url, secret, events }: NewHook): void {
    const at = new Date().toISOString();
    this.fake.state.ids.hook += 1;
    const times = { createdAt: at, updatedAt: at };
    const shape = {
      id: this.fake.state.ids.hook,
      type: "forgejo",
      active: true,
      contentType: "json",
      branchFilter: "",
      authorizationHeader: "",
    };
    this.repo.hooks.push({ ...shape, url, secret, events: typesFor(events), ...times });
  }
}
