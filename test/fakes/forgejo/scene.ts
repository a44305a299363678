/**
 * The stage of this folder's tests: one repository with its people, a clock that only the test moves, and a client that
 * knows nothing of Forgejo. The host it asks is not the one Forgejo believes it has.
 */
import { GitMemory } from "../git/git-memory.ts";
import type { Delivery } from "./deliveries.ts";
import { FakeForgejo, type FakeForgejoOptions } from "./fake-forgejo.ts";

export const REPO = "octo/widgets";
export const TOKEN = "0123456789abcdef0123456789abcdef01234567";
export const API = "https://forgejo.internal.test/api/v1";
export const ROOT_URL = "https://forgejo.example";
export const SECRET = "s3cret";
const START_MS = Date.parse("2026-11-01T09:00:00.400Z");

export type Told = { status: number; headers: Headers; body: unknown; text: string };

export class Scene {
  nowMs = START_MS;
  readonly git = new GitMemory(() => this.nowMs);
  readonly sent: Delivery[] = [];
  readonly forgejo: FakeForgejo;
  readonly options: FakeForgejoOptions;
  /** The first commit of main. */
  readonly base: string;

  constructor(more: Partial<FakeForgejoOptions> = {}) {
    this.options = {
      now: () => this.nowMs,
      git: this.git,
      token: TOKEN,
      rootUrl: ROOT_URL,
      webhook: { url: "https://loop.test/webhooks/forgejo", secret: SECRET },
      deliver: (delivery) => this.sent.push(delivery),
      ...more,
    };
    this.forgejo = new FakeForgejo(this.options);
    const { people } = this.forgejo;
    people.addUser("ada");
    people.addUser("stranger");
    people.addRepo({ name: REPO, permissions: { ada: "write", "afk-loop": "admin" } });
    this.base = this.git.add(REPO, "main", { message: "Begin", files: ["README.md"] });
  }

  /** Lets seconds pass. */
  later(seconds: number): void {
    this.nowMs += seconds * 1000;
  }

  issue(title = "Widgets wobble", labels: string[] = [], by = "ada"): number {
    return this.forgejo.people.createIssue({ repo: REPO, title, body: "They do.", by, labels }).number;
  }

  /** A label that is defined, by its id. */
  defined(name: string): number {
    return this.forgejo.people.defineLabel(REPO, { name }).id;
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Told> {
    const request = new Request(API + path, {
      method,
      headers: { authorization: `token ${TOKEN}`, ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const response = await this.forgejo.handle(request);
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text, text };
  }

  /** Of the repository of this scene. */
  get(path: string, headers?: Record<string, string>): Promise<Told> {
    return this.call("GET", `/repos/${REPO}${path}`, undefined, headers);
  }

  post(path: string, body?: unknown): Promise<Told> {
    return this.call("POST", `/repos/${REPO}${path}`, body);
  }

  patch(path: string, body?: unknown): Promise<Told> {
    return this.call("PATCH", `/repos/${REPO}${path}`, body);
  }

  delete(path: string, body?: unknown): Promise<Told> {
    return this.call("DELETE", `/repos/${REPO}${path}`, body);
  }

  /** Commits on a branch and pushes it as that person. */
  async push(message: string, { branch = "main", by = "ada", files = ["src/widget.ts"] } = {}): Promise<string> {
    const before = (await this.git.head(REPO, branch)) ?? "0".repeat(40);
    const from = branch === "main" || !/^0+$/.test(before) ? {} : { parents: [this.base] };
    const sha = this.git.add(REPO, branch, { message, files, ...from });
    await this.forgejo.pushed(REPO, branch, before, sha, by);
    return sha;
  }

  /** Merges a branch into main, which keeps the branch's commits, and pushes that as ada. */
  async merge(message: string, branch: string): Promise<string> {
    const [before = "", head = ""] = [await this.git.head(REPO, "main"), await this.git.head(REPO, branch)];
    const sha = this.git.add(REPO, "main", { message, parents: [before, head] });
    await this.forgejo.pushed(REPO, "main", before, sha, "ada");
    return sha;
  }

  /** `type action` of every delivery since the last look. */
  heard(): string[] {
    return this.sent.splice(0).map(({ type, action }) => (action === null ? type : `${type} ${action}`));
  }

  /** What a delivery told. */
  payload(delivery: Delivery | undefined): Record<string, unknown> {
    if (delivery === undefined) throw new Error("nothing was sent");
    return JSON.parse(delivery.body);
  }
}
