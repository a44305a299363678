/**
 * (node) The scratch repo's git, through the gate: which branches a rehearsal left, and the commit that takes back what it
 * landed. Nothing is ever forced.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { GitGate } from "./git-gate.ts";
import type { Marker } from "./marker.ts";

export interface Undone {
  /** Landings taken back by now, in this call or one before. */
  landings: number;
  /** The trunk holds the very files it held before. */
  asBefore: boolean;
}

const GIT_MS = 120_000;
const TRIES = 3;
const WHO = ["-c", "user.name=AFK loop rehearsal", "-c", "user.email=rehearsal@rehearsal.invalid"];
const UNDO = "AFK-Rehearsal-Undo";

export class ScratchGit {
  private readonly gate: GitGate;
  private readonly cloneUrl: string;

  constructor(gate: GitGate, cloneUrl: string) {
    this.gate = gate;
    this.cloneUrl = cloneUrl;
  }

  /** Of the runs of an issue. */
  async branches(issue: number): Promise<string[]> {
    const listed = await this.git(tmpdir(), "ls-remote", "--heads", this.cloneUrl, `refs/heads/afk/${issue}-*`);
    return listed.split("\n").flatMap((line) => /\srefs\/heads\/(\S+)$/.exec(line)?.[1] ?? []);
  }

  async deleteBranches(names: string[]): Promise<void> {
    await this.inClone(async (git) => {
      for (const name of names) await git("push", "--quiet", "origin", `:refs/heads/${name}`);
    });
  }

  /** Somebody may push meanwhile: then once more, on top of that. */
  async undo(marker: Marker, issue: number): Promise<Undone> {
    return this.inClone(async (git) => {
      for (let tries = 1; ; tries++) {
        const undone = await revertOn(git, marker, issue);
        if (undone.revert === null) return undone;
        try {
          await git("push", "--quiet", "origin", `HEAD:refs/heads/${marker.trunk}`);
          return undone;
        } catch (error) {
          if (tries >= TRIES || !/non-fast-forward|fetch first|cannot lock ref/.test(String(error))) throw error;
          await git("fetch", "--quiet", "origin");
        }
      }
    });
  }

  private async inClone<T>(work: (git: (...args: string[]) => Promise<string>) => Promise<T>): Promise<T> {
    const dir = mkdtempSync(join(tmpdir(), "afk-scratch-"));
    try {
      await this.git(dir, "clone", "--quiet", this.cloneUrl, ".");
      return await work((...args) => this.git(dir, ...args));
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }

  private async git(cwd: string, ...args: string[]): Promise<string> {
    const { PATH = "", HOME = "" } = process.env;
    const env = { PATH, HOME, LANG: "C.UTF-8", ...this.gate.env };
    // In a group of its own: a second Ctrl-C is no reason to leave half of it behind.
    const child = spawn("git", [...WHO, ...args], {
      ...{ cwd, env, timeout: GIT_MS, detached: true },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
    const [out, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (code !== 0) throw new Error(`git ${args[0]}: ${errors.trim() || `ended with ${code}`}`);
    return out.trim();
  }
}

async function revertOn(
  git: (...args: string[]) => Promise<string>,
  { id, trunk, base }: Marker,
  issue: number,
): Promise<Undone & { revert: string | null }> {
  await git("checkout", "--quiet", "--detach", `origin/${trunk}`);
  const log = await git("log", "--first-parent", "--format=%H %P%x00%B%x01", `${base}..HEAD`);
  const commits = log.split("\u0001").flatMap((text) => commitIn(text));
  const undoneAt = commits.findIndex(({ message }) => message.includes(`${UNDO}: ${id}`));
  const since = undoneAt < 0 ? commits : commits.slice(0, undoneAt);
  const isLanding = ({ message }: { message: string }) =>
    /^AFK-Run: /m.test(message) && new RegExp(`^Refs #${issue}$`, "m").test(message);
  const landings = commits.filter(isLanding).length;
  const left = since.filter(isLanding);
  for (const { sha, parents } of left)
    await git("revert", "--no-commit", ...(parents > 1 ? ["--mainline", "1"] : []), sha);
  if (left.length > 0) {
    const message = `Take back what a rehearsal landed\n\nRefs #${issue}\n\n${UNDO}: ${id}`;
    await git("commit", "--quiet", "--allow-empty", "--message", message);
  }
  const tree = (at: string) => git("rev-parse", `${at}^{tree}`);
  const asBefore = (await tree("HEAD")) === (await tree(base));
  return { landings, asBefore, revert: left.length > 0 ? await git("rev-parse", "HEAD") : null };
}

function commitIn(text: string): { sha: string; parents: number; message: string }[] {
  const [head = "", message = ""] = text.trim().split("\u0000");
  const [sha = "", ...parents] = head.trim().split(" ");
  return sha === "" ? [] : [{ sha, parents: parents.length, message }];
}
