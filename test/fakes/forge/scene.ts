/**
 * The stage of a stand-in's own tests: one repository with its people, a clock that only the test moves, and a client that
 * knows nothing of the forge.
 */
import { NO_COMMIT } from "../git/git-host.ts";
import { GitMemory } from "../git/git-memory.ts";
import type { ForgeStandIn } from "./stand-in.ts";

export const REPO = "octo/widgets";
const START_MS = Date.parse("2026-11-01T09:00:00.400Z");

export type Told = { status: number; headers: Headers; body: unknown; text: string };

export abstract class ForgeScene {
  nowMs = START_MS;
  readonly git = new GitMemory(() => this.nowMs);
  /** The first commit of main. */
  readonly base = this.git.add(REPO, "main", { message: "Begin", files: ["README.md"] });

  protected abstract readonly forge: ForgeStandIn;
  protected abstract readonly api: string;
  /** Of every call of the client: who it is. */
  protected abstract readonly headers: Record<string, string>;

  /** Lets seconds pass. */
  later(seconds: number): void {
    this.nowMs += seconds * 1000;
  }

  issue(title = "Widgets wobble", labels: string[] = [], by = "ada"): number {
    return this.forge.people.createIssue({ repo: REPO, title, body: "They do.", by, labels }).number;
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Told> {
    const request = new Request(this.api + path, {
      method,
      headers: { ...this.headers, ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const response = await this.forge.handle(request);
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
    const before = (await this.git.head(REPO, branch)) ?? NO_COMMIT;
    const from = branch === "main" || before !== NO_COMMIT ? {} : { parents: [this.base] };
    const sha = this.git.add(REPO, branch, { message, files, ...from });
    await this.forge.pushed(REPO, branch, before, sha, by);
    return sha;
  }
}
