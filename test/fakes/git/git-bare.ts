/** (node) GitHost over real bare repositories, `<root>/<owner>/<name>.git`, read by the real git. */
import { execFile, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isoSeconds } from "../forge/time.ts";
import { entryAt, written } from "./git-contents.ts";
import type { BranchMove, Change, Commit, Comparison, Entry, GitHost, Merging, Writing } from "./git-host.ts";
import { mergeTree, mergeWith } from "./git-merges.ts";

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const SHA = /^[0-9a-f]{7,40}$/;
const RECORD = "\x1e";
const FIELD = "\x1f";
const FORMAT = ["", "%H", "%T", "%P", "%an", "%ae", "%at", "%cn", "%ce", "%ct", "%B", ""]
  .join("%x1f")
  .replace("%x1f", "%x1e");
const LOG = [
  // Names as they are, in whatever script.
  ...["-c", "core.quotePath=false"],
  ...["log", `--format=${FORMAT}`, "--name-only", "--no-renames", "--diff-merges=first-parent"],
];

/** Nobody's own git settings reach the repositories of a test. */
export const GIT_ENV = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  LC_ALL: "C",
};

export type Seed = { branch?: string; files?: Record<string, string>; message?: string };

export class GitBare implements GitHost {
  readonly root: string;
  /** Commits never change, and neither does what two of them are to each other. */
  private readonly conflicting = new Map<string, boolean>();

  constructor(root: string) {
    this.root = root;
  }

  directory(repo: string): string {
    return join(this.root, `${repo}.git`);
  }

  /** A new bare repository that may be pushed to over HTTP, with one commit when there are files to put in it. */
  async create(repo: string, { branch = "main", files = {}, message = "Begin" }: Seed = {}): Promise<void> {
    const directory = this.directory(repo);
    mkdirSync(directory, { recursive: true });
    await this.git(repo, ["init", "--quiet", "--bare", `--initial-branch=${branch}`, directory]);
    await this.git(repo, ["config", "http.receivepack", "true"]);
    if (Object.keys(files).length > 0) await this.import(repo, branch, files, message);
  }

  /** Refuses pushes to the branches named, in these words, which a shell reads; none lifts it. */
  protect(repo: string, branches: string[], words: (ref: string) => string[]): void {
    const refused = branches.map((branch) => `refs/heads/${branch}`).join("|");
    const script =
      branches.length === 0
        ? "#!/bin/sh\nexit 0\n"
        : `#!/bin/sh
while read -r before after ref; do
  case "$ref" in ${refused})
${words("$ref")
  .map((line) => `    echo "${line}" >&2`)
  .join("\n")}
    exit 1;;
  esac
done
exit 0
`;
    writeFileSync(join(this.directory(repo), "hooks", "pre-receive"), script, { mode: 0o755 });
  }

  async head(repo: string, branch: string): Promise<string | undefined> {
    return this.line(repo, ["rev-parse", "--verify", "--quiet", `refs/heads/${branch}^{commit}`]);
  }

  async branches(repo: string): Promise<Record<string, string>> {
    const lines = await this.git(repo, ["for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads"]);
    return Object.fromEntries(
      lines.split("\n").flatMap((line) => (line === "" ? [] : [[line.slice(41), line.slice(0, 40)]])),
    );
  }

  async commit(repo: string, sha: string): Promise<Commit | undefined> {
    const full = SHA.test(sha)
      ? await this.line(repo, ["rev-parse", "--verify", "--quiet", `${sha}^{commit}`])
      : undefined;
    return full === undefined ? undefined : (await this.log(repo, ["-1", full]))[0];
  }

  async compare(repo: string, base: string, head: string): Promise<Comparison | undefined> {
    const mergeBase = SHA.test(base) && SHA.test(head) ? await this.line(repo, ["merge-base", base, head]) : undefined;
    if (mergeBase === undefined) return undefined;
    const ahead = await this.log(repo, ["--reverse", "--topo-order", `${base}..${head}`]);
    return { mergeBase, ahead, behindBy: Number(await this.line(repo, ["rev-list", "--count", `${head}..${base}`])) };
  }

  async changes(repo: string, base: string, head: string): Promise<Change[]> {
    return parseChanges(await this.git(repo, ["diff", "--name-status", "-z", "--find-renames", base, head]));
  }

  async file(repo: string, sha: string, path: string): Promise<string | undefined> {
    try {
      return await this.git(repo, ["cat-file", "blob", `${sha}:${path}`]);
    } catch {
      return undefined;
    }
  }

  entry(repo: string, sha: string, path: string): Promise<Entry | undefined> {
    return entryAt((args) => this.git(repo, args), sha, path);
  }

  write(repo: string, writing: Writing): Promise<string> {
    return written((args, env) => this.git(repo, args, env), this.directory(repo), writing);
  }

  async conflicts(repo: string, base: string, head: string): Promise<boolean> {
    const key = `${repo} ${base} ${head}`;
    const known = this.conflicting.get(key);
    if (known !== undefined) return known;
    const conflicts = (await mergeTree((args) => this.git(repo, args), base, head)) === undefined;
    this.conflicting.set(key, conflicts);
    return conflicts;
  }

  merge(repo: string, merging: Merging): Promise<string | undefined> {
    return mergeWith((args, env) => this.git(repo, args, env), merging);
  }

  async moveBranch(repo: string, { branch, before, after }: BranchMove): Promise<boolean> {
    try {
      await this.git(repo, ["update-ref", `refs/heads/${branch}`, after, before]);
      return true;
    } catch {
      return false;
    }
  }

  private async log(repo: string, range: string[]): Promise<Commit[]> {
    const text = await this.git(repo, [...LOG, ...range, "--"]);
    return text.split(RECORD).slice(1).map(parseCommit);
  }

  /** The first line of what git says, or undefined when git says no. */
  private async line(repo: string, args: string[]): Promise<string | undefined> {
    try {
      return (await this.git(repo, args)).split("\n")[0] || undefined;
    } catch {
      return undefined;
    }
  }

  private git(repo: string, args: string[], env: Record<string, string> = {}): Promise<string> {
    const options = { env: { ...process.env, ...GIT_ENV, ...env }, maxBuffer: OUTPUT_BYTES_MAX };
    return new Promise((resolve, reject) => {
      execFile("git", ["--git-dir", this.directory(repo), ...args], options, (error, stdout) => {
        if (error) reject(error);
        else resolve(stdout);
      });
    });
  }

  private import(repo: string, branch: string, files: Record<string, string>, message: string): Promise<void> {
    const parts = [
      `commit refs/heads/${branch}\ncommitter Octo <octo@example.com> ${Math.floor(Date.now() / 1000)} +0000\n${data(message)}`,
    ];
    for (const [path, text] of Object.entries(files)) parts.push(`M 100644 inline ${path}\n${data(text)}`);
    return new Promise((resolve, reject) => {
      const child = spawn("git", ["--git-dir", this.directory(repo), "fast-import", "--quiet"], {
        env: { ...process.env, ...GIT_ENV },
        stdio: ["pipe", "ignore", "ignore"],
      });
      child.on("error", reject);
      child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`git fast-import ended with ${code}`))));
      child.stdin.end(`${parts.join("\n")}\n`);
    });
  }
}

function parseChanges(text: string): Change[] {
  const words = text.split("\0");
  const changes: Change[] = [];
  for (let word = words.shift(); word; word = words.shift()) {
    const path = words.shift() ?? "";
    if (word.startsWith("R")) changes.push({ status: "renamed", previous: path, path: words.shift() ?? "" });
    else if (word === "A") changes.push({ status: "added", path });
    else if (word === "D") changes.push({ status: "deleted", path });
    // Of a file that became a link a diff shows the end of the one and the beginning of the other.
    else if (word === "T") changes.push({ status: "deleted", path }, { status: "added", path });
    else changes.push({ status: "changed", path });
  }
  return changes;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}

function parseCommit(record: string): Commit {
  const [
    sha = "",
    tree = "",
    parents = "",
    name = "",
    email = "",
    at = "",
    committer = "",
    address = "",
    committed = "",
    message = "",
    files = "",
  ] = record.split(FIELD);
  return {
    sha,
    tree,
    parents: parents.split(" ").filter((parent) => parent !== ""),
    message: message.trimEnd(),
    author: { name, email, date: isoSeconds(Number(at) * 1000) },
    committer: { name: committer, email: address, date: isoSeconds(Number(committed) * 1000) },
    files: files.split("\n").filter((file) => file !== ""),
  };
}
