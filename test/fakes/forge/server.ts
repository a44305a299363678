/**
 * (node) A forge's stand-in as a process would be: the API over real HTTP on loopback, git over HTTP beside it, webhooks
 * by real fetch. It can be killed in the middle of anything and comes back on the same port with its state; pushes it had
 * not told of are told then.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { GitBare, type Seed } from "../git/git-bare.ts";
import { NO_COMMIT } from "../git/git-host.ts";
import { GitHttp, type Moved, movedBetween } from "../git/git-http.ts";
import { ConnectionReset } from "./faults.ts";
import type { Delivery, ForgeStandIn, NewRepo, OnOwnMove, OwnMove } from "./stand-in.ts";

export type SentDelivery = {
  id: string;
  event: string;
  action: string | null;
  at: number;
  status?: number;
  error?: string;
};

/** Who may do what with a repository's git. */
export type GitAccess = {
  /** The name its bare repository has. */
  git: string;
  name: string;
  private: boolean;
  mayRead: boolean;
  mayPush: boolean;
};

/** What a server asks of the stand-in it serves, beside what everyone asks. */
export interface ServedForge extends ForgeStandIn {
  toJSON(): unknown;
  restoreText(text: string): void;
  /** Another account's; it needs a permission still. */
  addToken(token: string, login: string): void;
  loginOf(token: string | undefined): string | undefined;
  /** By its present name; of nobody with no login. */
  access(name: string, login: string | undefined): GitAccess | undefined;
  /** The present names of all repositories, by the names their bare ones have. */
  gitNames(): Record<string, string>;
}

export type ServerOptions = {
  /** Folder of the bare repositories. */
  root: string;
  /** 0 or nothing: any free one. */
  port?: number;
  /** Who pushes without credentials; without it such a push is refused with 401, as a forge does. */
  anonymousPusher?: string;
  /** Between an event and its sending: a test may lose, double or delay. */
  deliver?: (delivery: Delivery, send: (delivery: Delivery) => Promise<SentDelivery>) => void;
  onDelivered?: (sent: SentDelivery, delivery: Delivery) => void;
  /** After a push was taken and told. */
  onPush?: (push: Moved & { repo: string; by: string }) => void;
  login?: string;
  now?: () => number;
};

/** How one forge's server differs from another's. */
export type ServerWays = {
  /** What stands before `/<owner>/<name>.git`. */
  gitPath: string;
  /** How long a receiver has to answer a webhook. */
  deliveryMs: number;
  realm: string;
  /** What git hears when a protected branch refuses a push. */
  refusal: (ref: string) => string[];
};

const HOST = "127.0.0.1";
const BODY_BYTES_MAX = 256 * 1024 * 1024;
const GIT = /^\/([^/]+\/[^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

export class ForgeServer<Served extends ServedForge> {
  readonly forge: Served;
  readonly git: GitBare;
  readonly port: number;
  readonly url: string;
  readonly sent: SentDelivery[] = [];
  private readonly options: ServerOptions;
  private readonly ways: ServerWays;
  private readonly gitHttp: GitHttp;
  private server: Server;
  private readonly sockets = new Set<Socket>();
  private stopSending = new AbortController();
  private heads: Record<string, Record<string, string>> = {};
  private saved: string | undefined;
  /** Moves that the stand-in makes itself and tells of itself. */
  private readonly ownMoves = new Set<string>();

  /** Where git pushes to, and clones from. */
  cloneUrl(repo: string): string {
    return `${this.url}${this.ways.gitPath}/${repo}.git`;
  }

  protected static async listening(port = 0): Promise<Server> {
    const server = createServer();
    await listen(server, port);
    return server;
  }

  /** `make`: the stand-in itself, for the address it will have. */
  protected constructor(
    options: ServerOptions,
    server: Server,
    ways: ServerWays,
    make: (at: { url: string; git: GitBare; deliver: (delivery: Delivery) => void }) => Served,
  ) {
    this.options = options;
    this.ways = ways;
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://${HOST}:${this.port}`;
    this.git = new GitBare(options.root);
    this.gitHttp = new GitHttp(this.git);
    const send = (delivery: Delivery): Promise<SentDelivery> => this.send(delivery);
    const deliver = (delivery: Delivery): void => {
      if (options.deliver === undefined) void send(delivery);
      else options.deliver(delivery, send);
    };
    this.forge = make({ url: this.url, git: this.git, deliver });
    this.forge.onOwnMove = (move, step) => this.ownMove(move, step);
    this.server = server;
    this.attach(server);
  }

  /** A repository with its bare twin; with files, it has a first commit. */
  async addRepo({ seed, ...repo }: NewRepo & { seed?: Seed }): Promise<void> {
    this.forge.people.addRepo(repo);
    await this.git.create(repo.name, { branch: repo.defaultBranch ?? "main", ...seed });
    this.heads[repo.name] = await this.git.branches(repo.name);
  }

  /** Refuses pushes to these branches in the forge's own words; none lifts it. */
  protect(repo: string, branches: string[]): void {
    this.git.protect(repo, branches, this.ways.refusal);
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
    this.saved ??= JSON.stringify(this.forge);
  }

  async restart(): Promise<void> {
    if (this.saved !== undefined) this.forge.restoreText(this.saved);
    this.saved = undefined;
    this.stopSending = new AbortController();
    this.server = createServer();
    this.attach(this.server);
    await listen(this.server, this.port);
    await this.scan();
  }

  /** Tells of what moved in the bare repositories and was not told: a push cut off by a kill, or git used directly. */
  async scan(by = this.options.anonymousPusher ?? this.options.login ?? "afk-loop"): Promise<void> {
    const repos = Object.keys(this.forge.gitNames());
    await Promise.all(repos.map((git) => this.gitHttp.inTurn(git, () => this.tellMoves(git, by))));
  }

  private async tellMoves(git: string, by: string): Promise<void> {
    for (const moved of movedBetween(this.heads[git] ?? {}, await this.git.branches(git))) {
      const repo = this.forge.gitNames()[git];
      if (repo === undefined) return;
      if (this.ownMoves.has(moveKey({ ...moved, git }))) continue;
      // First: what the stand-in does about it may move the same branch on.
      this.noteHead({ ...moved, git });
      await this.forge.pushed(repo, moved.branch, moved.before, moved.after, by);
      this.options.onPush?.({ ...moved, repo, by });
    }
  }

  private ownMove(move: OwnMove, step: Parameters<OnOwnMove>[1]): void {
    if (step === "begins") this.ownMoves.add(moveKey(move));
    else this.ownMoves.delete(moveKey(move));
    if (step !== "done") return;
    this.noteHead(move);
    const { repo, branch, before, after, by } = move;
    this.options.onPush?.({ repo, branch, before, after, by });
  }

  private noteHead({ git, branch, after }: Pick<OwnMove, "git" | "branch" | "after">): void {
    const { [branch]: _, ...others } = this.heads[git] ?? {};
    this.heads[git] = after === NO_COMMIT ? others : { ...others, [branch]: after };
  }

  /** Sends one delivery as a forge does: once, whatever the answer. */
  async send(delivery: Delivery): Promise<SentDelivery> {
    const { id, event, action } = delivery;
    const sent: SentDelivery = { id, event, action, at: (this.options.now ?? Date.now)() };
    try {
      const response = await fetch(await this.forge.signed(delivery), {
        signal: AbortSignal.any([this.stopSending.signal, AbortSignal.timeout(this.ways.deliveryMs)]),
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
          this.forge.violations.push(`the server failed: ${error}`);
        from.socket.destroy();
      });
    });
  }

  private async answer(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const body = await bodyOf(from);
    const url = new URL(from.url ?? "/", this.url);
    const isGit = url.pathname.startsWith(`${this.ways.gitPath}/`);
    const git = isGit ? GIT.exec(url.pathname.slice(this.ways.gitPath.length)) : null;
    if (git !== null) return this.answerGit({ name: git[1] ?? "", service: git[2] ?? "", url, body }, from, to);
    const gone = new AbortController();
    to.on("close", () => gone.abort());
    const hasBody = from.method !== "GET" && from.method !== "HEAD" && body.length > 0;
    const request = new Request(url, {
      method: from.method ?? "GET",
      headers: Object.entries(from.headers).map(([name, value]): [string, string] => [name, String(value)]),
      signal: gone.signal,
      ...(hasBody ? { body: new Uint8Array(body) } : {}),
    });
    const response = await this.forge.handle(request);
    to.writeHead(response.status, Object.fromEntries(response.headers));
    to.end(Buffer.from(await response.arrayBuffer()));
  }

  private async answerGit(
    { name, service, url, body }: { name: string; service: string; url: URL; body: Buffer },
    from: IncomingMessage,
    to: ServerResponse,
  ): Promise<void> {
    const wantsPush = service === "git-receive-pack" || url.searchParams.get("service") === "git-receive-pack";
    const login = this.loginOf(from.headers.authorization) ?? (wantsPush ? this.options.anonymousPusher : undefined);
    const access = this.forge.access(name, login);
    const isHidden = access?.private === true && !access.mayRead;
    if (access === undefined || (isHidden && login !== undefined)) return this.refuse(to, 404, "Repository not found.");
    if (login === undefined && (wantsPush || isHidden)) return this.refuse(to, 401, "No anonymous write access.");
    if (wantsPush && !access.mayPush) return this.refuse(to, 403, `Permission to ${name}.git denied to ${login}.`);
    const by = login ?? "";
    const request = { repo: access.git, service, query: url.search.slice(1), user: by, body };
    return this.gitHttp.serve(request, from, to, () => this.tellMoves(access.git, by));
  }

  /** Basic credentials: a token as the password, whatever the name, as forges take it. */
  private loginOf(authorization: string | undefined): string | undefined {
    const basic = /^basic\s+(\S+)$/i.exec(authorization ?? "")?.[1];
    const pair = basic === undefined ? "" : Buffer.from(basic, "base64").toString("utf8");
    return this.forge.loginOf(pair.slice(pair.indexOf(":") + 1));
  }

  private refuse(to: ServerResponse, status: number, message: string): void {
    to.writeHead(status, {
      "content-type": "text/plain",
      ...(status === 401 ? { "www-authenticate": `Basic realm="${this.ways.realm}"` } : {}),
    });
    to.end(message);
  }
}

function moveKey({ git, branch, after }: Pick<OwnMove, "git" | "branch" | "after">): string {
  return `${git} ${branch} ${after}`;
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
