/**
 * (node) The stand-in as a process would be: the API over real HTTP on loopback, git over HTTP under /git, webhooks by
 * real fetch. It can be killed in the middle of anything and comes back on the same port with its state; pushes it had
 * not told of are told then.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { ConnectionReset } from "../forge/faults.ts";
import { GitBare, type Seed } from "../git/git-bare.ts";
import { NO_COMMIT } from "../git/git-host.ts";
import { GitHttp, type Moved, movedBetween } from "../git/git-http.ts";
import { FakeGitHub, type FakeGitHubOptions } from "./fake-github.ts";
import type { NewRepo } from "./people.ts";
import { type Delivery, signedRequest } from "./webhooks.ts";
import { findAccount, findRepo, fullName, mayPush, mayRead } from "./world.ts";

export type SentDelivery = {
  id: string;
  event: string;
  action: string | null;
  at: number;
  status?: number;
  error?: string;
};

export type GitHubServerOptions = {
  /** Folder of the bare repositories. */
  root: string;
  /** 0 or nothing: any free one. */
  port?: number;
  /** Who pushes without credentials; without it such a push is refused with 401, as GitHub does. */
  anonymousPusher?: string;
  /** Between an event and its sending: a test may lose, double or delay. */
  deliver?: (delivery: Delivery, send: (delivery: Delivery) => Promise<SentDelivery>) => void;
  onDelivered?: (sent: SentDelivery, delivery: Delivery) => void;
  /** After a push was taken and told. */
  onPush?: (push: Moved & { repo: string; by: string }) => void;
} & Pick<FakeGitHubOptions, "token" | "login" | "app" | "webhook" | "validate"> & { now?: () => number };

const HOST = "127.0.0.1";
const BODY_BYTES_MAX = 256 * 1024 * 1024;
const DELIVERY_MS = 10_000;

export class GitHubServer {
  readonly github: FakeGitHub;
  readonly git: GitBare;
  readonly port: number;
  readonly url: string;
  readonly sent: SentDelivery[] = [];
  private readonly options: GitHubServerOptions;
  private readonly gitHttp: GitHttp;
  private server: Server;
  private readonly sockets = new Set<Socket>();
  private stopSending = new AbortController();
  private heads: Record<string, Record<string, string>> = {};
  private saved: string | undefined;

  static async start(options: GitHubServerOptions): Promise<GitHubServer> {
    const server = createServer();
    await listen(server, options.port ?? 0);
    return new GitHubServer(options, server);
  }

  private constructor(options: GitHubServerOptions, server: Server) {
    this.options = options;
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://${HOST}:${this.port}`;
    this.git = new GitBare(options.root);
    this.gitHttp = new GitHttp(this.git);
    const { token, login, app, webhook, validate } = options;
    this.github = new FakeGitHub({
      now: options.now ?? Date.now,
      git: this.git,
      token,
      ...(login === undefined ? {} : { login }),
      ...(app === undefined ? {} : { app }),
      ...(webhook === undefined ? {} : { webhook }),
      ...(validate === undefined ? {} : { validate }),
      apiUrl: this.url,
      htmlUrl: this.url,
      cloneUrl: (name) => `${this.url}/git/${name}.git`,
      deliver: (delivery) => {
        const send = (each: Delivery): Promise<SentDelivery> => this.send(each);
        if (options.deliver === undefined) void send(delivery);
        else options.deliver(delivery, send);
      },
    });
    this.server = server;
    this.attach(server);
  }

  /** A repository with its bare twin; with files, it has a first commit. */
  async addRepo({ seed, ...repo }: NewRepo & { seed?: Seed }): Promise<void> {
    const { defaultBranch, git } = this.github.people.addRepo(repo);
    await this.git.create(git, { branch: defaultBranch, ...seed });
    this.heads[git] = await this.git.branches(git);
  }

  /**
   * Sockets break, git dies, nothing listens, webhooks on their way are lost. What happened before is kept as JSON; what
   * anyone does to the stand-in until it is back is not.
   */
  async kill(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.stopSending.abort();
    this.gitHttp.kill();
    for (const socket of this.sockets) socket.destroy();
    await closed;
    await this.gitHttp.settled();
    this.saved ??= JSON.stringify(this.github);
  }

  async restart(): Promise<void> {
    if (this.saved !== undefined) this.github.restore(JSON.parse(this.saved));
    this.saved = undefined;
    this.stopSending = new AbortController();
    this.server = createServer();
    this.attach(this.server);
    await listen(this.server, this.port);
    await this.scan();
  }

  /** Tells of what moved in the bare repositories and was not told: a push cut off by a kill, or git used directly. */
  async scan(by = this.options.anonymousPusher ?? this.options.login ?? "afk-loop"): Promise<void> {
    const repos = this.github.state.repos.map((repo) => repo.git);
    await Promise.all(repos.map((git) => this.gitHttp.inTurn(git, () => this.tellMoves(git, by))));
  }

  private async tellMoves(git: string, by: string): Promise<void> {
    for (const moved of movedBetween(this.heads[git] ?? {}, await this.git.branches(git))) {
      const repo = this.github.state.repos.find((each) => each.git === git);
      if (repo === undefined) return;
      await this.github.pushed(fullName(repo), moved.branch, moved.before, moved.after, by);
      const { [moved.branch]: _, ...others } = this.heads[git] ?? {};
      this.heads[git] = moved.after === NO_COMMIT ? others : { ...others, [moved.branch]: moved.after };
      this.options.onPush?.({ ...moved, repo: fullName(repo), by });
    }
  }

  /** Sends one delivery as GitHub does: once, ten seconds, whatever the answer. */
  async send(delivery: Delivery): Promise<SentDelivery> {
    const { id, event, action } = delivery;
    const sent: SentDelivery = { id, event, action, at: this.github.world.now() };
    try {
      const request = await signedRequest(delivery, this.options.webhook?.secret ?? "");
      const response = await fetch(request, {
        signal: AbortSignal.any([this.stopSending.signal, AbortSignal.timeout(DELIVERY_MS)]),
      });
      await response.arrayBuffer();
      sent.status = response.status;
    } catch (error) {
      sent.error = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    }
    this.sent.push(sent);
    this.options.onDelivered?.(sent, delivery);
    return sent;
  }

  private attach(server: Server): void {
    server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
    server.on("request", (from, to) => {
      this.answer(from, to).catch((error: unknown) => {
        // A broken connection, asked for or not, looks the same to the caller; the rest is our own mistake.
        if (!(error instanceof ConnectionReset) && !from.socket.destroyed)
          this.github.violations.push(`the server failed: ${error}`);
        from.socket.destroy();
      });
    });
  }

  private async answer(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const body = await bodyOf(from);
    const url = new URL(from.url ?? "/", this.url);
    if (url.pathname.startsWith("/git/")) return this.answerGit(url, body, from, to);
    const gone = new AbortController();
    to.on("close", () => gone.abort());
    const hasBody = from.method !== "GET" && from.method !== "HEAD" && body.length > 0;
    const request = new Request(url, {
      method: from.method ?? "GET",
      headers: Object.entries(from.headers).map(([name, value]): [string, string] => [name, String(value)]),
      signal: gone.signal,
      ...(hasBody ? { body: new Uint8Array(body) } : {}),
    });
    const response = await this.github.handle(request);
    to.writeHead(response.status, Object.fromEntries(response.headers));
    to.end(Buffer.from(await response.arrayBuffer()));
  }

  private async answerGit(url: URL, body: Buffer, from: IncomingMessage, to: ServerResponse): Promise<void> {
    const [, name = "", service = ""] =
      /^\/git\/([^/]+\/[^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(url.pathname) ?? [];
    const repo = findRepo(this.github.world, name);
    const wantsPush = service === "git-receive-pack" || url.searchParams.get("service") === "git-receive-pack";
    const login = this.loginOf(from.headers.authorization) ?? (wantsPush ? this.options.anonymousPusher : undefined);
    const account = login === undefined ? undefined : findAccount(this.github.world, login);
    const isHidden = repo?.private === true && (account === undefined || !mayRead(repo, account));
    if (repo === undefined || (isHidden && account !== undefined)) return refuse(to, 404, "Repository not found.");
    if (account === undefined && (wantsPush || isHidden)) return refuse(to, 401, "No anonymous write access.");
    if (wantsPush && account !== undefined && !mayPush(repo, account)) {
      return refuse(to, 403, `Permission to ${name}.git denied to ${account.login}.`);
    }
    const by = account?.login ?? "";
    const request = { repo: repo.git, service, query: url.search.slice(1), user: by, body };
    return this.gitHttp.serve(request, from, to, () => this.tellMoves(repo.git, by));
  }

  /** Basic credentials: a token as the password, whatever the name, as GitHub takes it. */
  private loginOf(authorization: string | undefined): string | undefined {
    const basic = /^basic\s+(\S+)$/i.exec(authorization ?? "")?.[1];
    const pair = basic === undefined ? "" : Buffer.from(basic, "base64").toString("utf8");
    return this.github.loginOf(pair.slice(pair.indexOf(":") + 1));
  }
}

function refuse(to: ServerResponse, status: number, message: string): void {
  to.writeHead(status, {
    "content-type": "text/plain",
    ...(status === 401 ? { "www-authenticate": 'Basic realm="GitHub"' } : {}),
  });
  to.end(message);
}

async function bodyOf(from: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new ConnectionReset();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
