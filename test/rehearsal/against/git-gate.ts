/**
 * (node) The way to one repo's git for whoever must not hold a credential. It listens on loopback under a key of its own,
 * passes on what git asks, and puts the token on it here: neither the agent's environment nor its clone ever has it, and
 * with the rehearsal the way is gone.
 *
 *   <gate>/<key>/info/refs, git-upload-pack, git-receive-pack .... passed on to the repo's clone address
 *   anything else ................................................ 404
 */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

const HOST = "127.0.0.1";
const PASS_MS = 60_000;
const PASSED_ON = ["content-type", "content-encoding", "accept", "git-protocol"];
const SERVICES = /^\/(info\/refs|git-upload-pack|git-receive-pack)$/;

export class GitGate {
  private readonly key = randomBytes(16).toString("hex");
  private readonly server: Server;
  private readonly cloneUrl: string;
  private readonly authorization: string;
  private readonly under = new Set<Promise<void>>();

  static async open(cloneUrl: string, user: string, token: string): Promise<GitGate> {
    const gate = new GitGate(cloneUrl, user, token);
    await new Promise<void>((resolve, reject) => {
      gate.server.once("error", reject);
      gate.server.listen(0, HOST, resolve);
    });
    return gate;
  }

  private constructor(cloneUrl: string, user: string, token: string) {
    this.cloneUrl = cloneUrl;
    this.authorization = `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}`;
    this.server = createServer((from, to) => {
      const passed = this.pass(from, to).catch(() => void to.writeHead(502).end("the forge does not answer"));
      this.under.add(passed);
      void passed.finally(() => this.under.delete(passed));
    });
  }

  /** With these, git goes through the gate wherever it is told the repo's own address. It reads no one else's settings. */
  get env(): Record<string, string> {
    return {
      GIT_TERMINAL_PROMPT: "0",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_LFS_SKIP_SMUDGE: "1",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: `url.${this.url}.insteadOf`,
      GIT_CONFIG_VALUE_0: this.cloneUrl,
    };
  }

  /** What must not be written anywhere. */
  get secrets(): string[] {
    return [this.key, this.authorization.slice("Basic ".length)];
  }

  /** What the forge says to a push, before anything is pushed. */
  async pushStatus(): Promise<number> {
    return (await this.asked("/info/refs?service=git-receive-pack", {})).status;
  }

  /** What was passed on is answered by now: a push of whoever was killed meanwhile has reached the forge, or will not. */
  async settled(): Promise<void> {
    await Promise.all(this.under);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private get url(): string {
    const address = this.server.address();
    return `http://${HOST}:${typeof address === "object" && address !== null ? address.port : 0}/${this.key}`;
  }

  private async pass(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const below = (from.url ?? "").startsWith(`/${this.key}/`) ? (from.url ?? "").slice(this.key.length + 1) : "";
    if (!SERVICES.test(below.split("?")[0] ?? "")) return void to.writeHead(404).end();
    const body = await buffer(from);
    const headers = Object.fromEntries(PASSED_ON.flatMap((name) => pair(name, from.headers[name])));
    const answer = await this.asked(below, {
      method: from.method ?? "GET",
      headers,
      ...(from.method === "POST" ? { body: new Uint8Array(body) } : {}),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const type = answer.headers.get("content-type") ?? "application/octet-stream";
    to.writeHead(answer.status, { "content-type": type, "cache-control": "no-cache" }).end(bytes);
  }

  private asked(below: string, { headers, ...init }: RequestInit): Promise<Response> {
    return fetch(`${this.cloneUrl}${below}`, {
      ...init,
      headers: { ...Object.fromEntries(new Headers(headers)), ...this.own },
      // A token goes to the address it is for, and no further.
      redirect: "manual",
      signal: AbortSignal.timeout(PASS_MS),
    });
  }

  private get own(): Record<string, string> {
    return { authorization: this.authorization, "user-agent": "git/2 (afk-loop)", "accept-encoding": "identity" };
  }
}

function pair(name: string, value: string | string[] | undefined): [string, string][] {
  return typeof value === "string" ? [[name, value]] : [];
}
