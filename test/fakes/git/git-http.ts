/** (node) Serves bare repositories over HTTP through git's own CGI program, and tells what a push moved. */
import { type ChildProcess, spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { GIT_ENV, type GitBare } from "./git-bare.ts";
import { NO_COMMIT } from "./git-host.ts";

export type Moved = { branch: string; before: string; after: string };

export type GitRequest = { repo: string; service: string; query: string; user: string; body: Buffer };

export class GitHttp {
  private readonly git: GitBare;
  private readonly children = new Set<ChildProcess>();
  /** Pushes to one repository go one after the other, so that what each moved can be told apart. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(git: GitBare) {
    this.git = git;
  }

  /** Answers; after a push `told` is awaited before the client hears that its push is done. */
  serve(request: GitRequest, from: IncomingMessage, to: ServerResponse, told: () => Promise<void>): Promise<void> {
    const isPush = request.service === "git-receive-pack" && from.method === "POST";
    if (!isPush) return this.run(request, from, to, async () => {});
    return this.inTurn(request.repo, () => this.run(request, from, to, told));
  }

  /** After everything else of this repository that takes turns. */
  inTurn(repo: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.turns.get(repo) ?? Promise.resolve()).catch(() => {}).then(work);
    this.turns.set(repo, turn);
    return turn;
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.turns.values());
  }

  kill(): void {
    for (const child of this.children) child.kill("SIGKILL");
  }

  private run(
    { repo, service, query, user, body }: GitRequest,
    from: IncomingMessage,
    to: ServerResponse,
    after: () => Promise<void>,
  ): Promise<void> {
    const env = {
      ...process.env,
      ...GIT_ENV,
      GIT_PROJECT_ROOT: this.git.root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: `/${repo}.git/${service}`,
      REQUEST_METHOD: from.method ?? "GET",
      QUERY_STRING: query,
      CONTENT_TYPE: from.headers["content-type"] ?? "",
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: String(from.headers["content-encoding"] ?? ""),
      GIT_PROTOCOL: String(from.headers["git-protocol"] ?? ""),
      REMOTE_USER: user,
      REMOTE_ADDR: "127.0.0.1",
    };
    const child = spawn("git", ["http-backend"], { env, stdio: ["pipe", "pipe", "ignore"] });
    this.children.add(child);
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stdin.on("error", () => {});
    child.stdin.end(body);
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (_, signal) => {
        this.children.delete(child);
        if (signal !== null) return reject(new Error(`git http-backend was killed by ${signal}`));
        after().then(() => {
          answer(to, Buffer.concat(chunks));
          resolve();
        }, reject);
      });
    });
  }
}

/** A CGI answer: header lines, an empty line, the body; the status stands in a header of its own. */
function answer(to: ServerResponse, output: Buffer): void {
  const end = output.indexOf("\r\n\r\n");
  if (end < 0) {
    to.writeHead(500).end();
    return;
  }
  for (const line of output.subarray(0, end).toString("latin1").split("\r\n")) {
    const at = line.indexOf(":");
    const [name, value] = [line.slice(0, at), line.slice(at + 1).trim()];
    if (name.toLowerCase() === "status") to.statusCode = Number.parseInt(value, 10);
    else to.setHeader(name, value);
  }
  to.end(output.subarray(end + 4));
}

export function movedBetween(before: Record<string, string>, after: Record<string, string>): Moved[] {
  const branches = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return branches
    .map((branch) => ({ branch, before: before[branch] ?? NO_COMMIT, after: after[branch] ?? NO_COMMIT }))
    .filter((moved) => moved.before !== moved.after);
}
