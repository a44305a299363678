/** (node) A forge of somebody's own, with a repo for rehearsals and a CI, as `--against` meets it: by address and token alone. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { validateExchange } from "../../contracts/validate-exchange.ts";
import type { ForgeServer, ServedForge } from "../../fakes/forge/server.ts";
import type { ForgeName, ForgeStandIn } from "../../fakes/forge/stand-in.ts";
import { ForgejoServer } from "../../fakes/forgejo/server.ts";
import { GitHubServer } from "../../fakes/github/server.ts";
import { type CiOptions, CiStandIn } from "../ci.ts";
import { PROJECT_FILES } from "../stage.ts";

export const REPO = "acme/Scratch";
export const ME = "me";
const REHEARSE = join(import.meta.dirname, "../../../scripts/rehearse.ts");
const TOKENS: Record<ForgeName, string> = {
  github: "ghp_somebodysowntokenofagithub000001",
  forgejo: "6d65206f776e20746f6b656e206f6620666f7267",
};
const QUICK = { AFK_SWEEP_SECONDS: "0.3", AFK_POLL_SECONDS: "0.3", AFK_COALESCE_SECONDS: "0.05" };

export interface Ended {
  code: number | null;
  lines: string[];
  error: string;
}

export class OwnForge {
  readonly name: ForgeName;
  readonly token: string;
  readonly dir = mkdtempSync(join(tmpdir(), "own-forge-"));
  private server!: ForgeServer<ServedForge>;
  private ci: CiStandIn | null = null;

  static async open(
    name: ForgeName,
    ci: Partial<CiOptions> | "none" = {},
    files: Record<string, string> = PROJECT_FILES,
  ): Promise<OwnForge> {
    const own = new OwnForge(name);
    const options = {
      ...{ root: join(own.dir, "git"), token: own.token, login: ME, deliver: () => {} },
      onPush: (push: Parameters<CiStandIn["pushed"]>[0]) => own.ci?.pushed(push),
    };
    own.server =
      name === "github"
        ? await GitHubServer.start({ ...options, validate: validateExchange })
        : await ForgejoServer.start({ ...options, ci: "actions" });
    const { people } = own.forge;
    people.addUser("ada");
    await own.server.addRepo({ name: REPO, permissions: { [ME]: "admin", ada: "read" }, seed: { files } });
    if (ci === "none") return own;
    own.ci = new CiStandIn(own.server, { file: join(own.dir, "ci.jsonl"), ...ci });
    await own.ci.baseline({ repo: REPO, branch: "main", after: await own.head(), by: ME });
    return own;
  }

  private constructor(name: ForgeName) {
    this.name = name;
    this.token = TOKENS[name];
  }

  get forge(): ForgeStandIn {
    return this.server.forge;
  }

  get url(): string {
    return this.server.url;
  }

  get served(): ForgeServer<ServedForge> {
    return this.server;
  }

  /** What stands in the settings; a test may take some away. */
  get env(): Record<string, string> {
    const at: Record<string, string> =
      this.name === "github"
        ? { GITHUB_API_URL: this.url, GITHUB_TOKEN: this.token }
        : { FORGEJO_URL: this.url, FORGEJO_TOKEN: this.token };
    return { ...at, ...QUICK };
  }

  /** `npm run rehearse -- --against …`, as a person calls it. */
  rehearse(flags: string[] = [], env: Record<string, string | undefined> = {}): Running {
    return new Running(["--against", this.url, "--repo", REPO, ...flags], { ...this.env, ...env });
  }

  async head(): Promise<string> {
    return (await this.server.git.head(REPO, "main")) ?? "";
  }

  /** As the bare repo has it. */
  git(...args: string[]): string {
    return execFileSync("git", ["-C", this.server.git.directory(REPO), ...args], { encoding: "utf8" }).trim();
  }

  /** All that somebody could see of a rehearsal, or of none. */
  traces(): { tree: string; branches: string; labels: string[]; open: number; carried: string[] } {
    return {
      tree: this.git("rev-parse", "main^{tree}"),
      branches: this.git("for-each-ref", "--format=%(refname:short)", "refs/heads"),
      labels: this.labels(),
      open: this.forge.issues(REPO).filter(({ state }) => state === "open").length,
      carried: this.forge.issues(REPO).flatMap(({ labels }) => labels),
    };
  }

  /** Requests that would change something, and the git that was pushed. */
  changes(): string[] {
    const { log } = this.forge;
    return log.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
  }

  /** Names of the labels that the repo has. */
  labels(): string[] {
    const { repos } = JSON.parse(JSON.stringify(this.server.forge)) as { repos: { labels: { name: string }[] }[] };
    return (repos[0]?.labels ?? []).map(({ name }) => name);
  }

  async close(): Promise<void> {
    this.ci?.kill();
    await this.server.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export class Running {
  readonly lines: string[] = [];
  readonly ended: Promise<Ended>;
  readonly child: ChildProcess;
  private readonly waiting = new Set<() => void>();

  constructor(flags: string[], env: Record<string, string | undefined>) {
    const { PATH, HOME } = process.env;
    const child = spawn(process.execPath, ["--no-warnings", REHEARSE, ...flags], {
      // Not where a .dev.vars of somebody's may lie.
      cwd: tmpdir(),
      env: { PATH, HOME, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    let error = "";
    child.stderr.on("data", (chunk: Buffer) => (error += chunk.toString("utf8")));
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.lines.push(line);
      for (const wake of this.waiting) wake();
    });
    this.ended = new Promise((resolve) =>
      child.on("close", (code) => {
        resolve({ code, lines: this.lines, error: error.trim() });
        for (const wake of this.waiting) wake();
      }),
    );
  }

  /** A line that holds this has been said, or it has ended. */
  said(words: string): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.child.exitCode === null && !this.lines.some((line) => line.includes(words))) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }
}
