/**
 * The stage of this folder's tests: one repository with its people, a clock that only the test moves, and a client that
 * is not Octokit.
 */
import { validateExchange } from "../../contracts/validate-exchange.ts";
import { GitMemory } from "../git/git-memory.ts";
import { FakeGitHub, type FakeGitHubOptions } from "./fake-github.ts";
import type { Delivery } from "./webhooks.ts";

export const REPO = "octo/widgets";
export const TOKEN = "ghp_test";
const API = "https://api.github.test";
const START_MS = Date.parse("2026-11-01T09:00:00.400Z");

export type Told = { status: number; headers: Headers; body: unknown };

export class Scene {
  nowMs = START_MS;
  readonly git = new GitMemory(() => this.nowMs);
  readonly sent: Delivery[] = [];
  readonly options: FakeGitHubOptions;
  readonly github: FakeGitHub;
  /** The first commit of main. */
  readonly base: string;

  constructor(more: Partial<FakeGitHubOptions> = {}) {
    this.options = {
      now: () => this.nowMs,
      git: this.git,
      token: TOKEN,
      webhook: { url: "https://loop.test/webhooks/github", secret: "s3cret" },
      deliver: (delivery) => this.sent.push(delivery),
      validate: validateExchange,
      ...more,
    };
    this.github = new FakeGitHub(this.options);
    const { people } = this.github;
    people.addUser("ada");
    people.addUser("stranger");
    people.addRepo({ name: REPO, permissions: { ada: "write", "afk-loop": "write" } });
    this.base = this.git.add(REPO, "main", { message: "Begin", files: ["README.md"] });
  }

  /** Lets seconds pass. */
  later(seconds: number): void {
    this.nowMs += seconds * 1000;
  }

  issue(title = "Widgets wobble", labels: string[] = [], by = "ada"): number {
    return this.github.people.createIssue({ repo: REPO, title, body: "They do.", by, labels }).number;
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Told> {
    const request = new Request(API + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, "user-agent": "test", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const response = await this.github.handle(request);
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
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

  delete(path: string): Promise<Told> {
    return this.call("DELETE", `/repos/${REPO}${path}`);
  }

  /** Commits on a branch and pushes it as that person. */
  async push(message: string, { branch = "main", by = "ada", files = ["src/widget.ts"] } = {}): Promise<string> {
    const before = (await this.git.head(REPO, branch)) ?? "0".repeat(40);
    const from = branch === "main" || !/^0+$/.test(before) ? undefined : [this.base];
    const sha = this.git.add(REPO, branch, { message, files, ...(from === undefined ? {} : { parents: from }) });
    await this.github.pushed(REPO, branch, before, sha, by);
    return sha;
  }

  /** `event.action` of every delivery since the last look. */
  heard(): string[] {
    return this.sent.splice(0).map(({ event, action }) => (action === null ? event : `${event}.${action}`));
  }
}
