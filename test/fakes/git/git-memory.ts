/**
 * A commit graph in memory, enough to be compared: branches, parents, messages. Shas are derived from content and
 * order, so the same story gives the same shas.
 */

import { isoSeconds } from "../forge/time.ts";
import type { BranchMove, Change, Commit, Comparison, Entry, GitHost, Merging, Writing } from "./git-host.ts";
import { NO_COMMIT } from "./git-host.ts";

export type NewCommit = {
  message: string;
  parents?: string[];
  /** Paths that it touches; what they hold is nobody's matter unless `contents` says. */
  files?: string[];
  /** Of those the renamed ones: the new path to the old. */
  renamed?: Record<string, string>;
  contents?: Record<string, string | null>;
  author?: string;
};
export type Moved = { repo: string; branch: string; before: string; after: string };

type Graph = {
  branches: Record<string, string>;
  commits: Record<string, Commit>;
  order: string[];
  contents?: Record<string, Record<string, string | null>>;
  renamed?: Record<string, Record<string, string>>;
};
export type GitMemoryState = Record<string, Graph>;

export class GitMemory implements GitHost {
  private graphs: GitMemoryState = {};
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** Commits on top of the branch, or of the parents given, and moves the branch; tell the forge with pushed(). */
  add(repo: string, branch: string, commit: NewCommit): string {
    const { branches } = this.graph(repo);
    const tip = branches[branch];
    const sha = this.make(repo, { ...commit, parents: commit.parents ?? (tip === undefined ? [] : [tip]) });
    branches[branch] = sha;
    return sha;
  }

  private make(repo: string, { message, parents, files, renamed, contents, author }: NewCommit): string {
    const graph = this.graph(repo);
    const parentShas = parents ?? [];
    for (const parent of parentShas)
      if (graph.commits[parent] === undefined) throw new Error(`no commit ${parent} in ${repo}`);
    const person = { name: author ?? "Agent", email: `${author ?? "agent"}@example.com`, date: isoSeconds(this.now()) };
    const content = JSON.stringify([repo, graph.order.length, message, parentShas, files ?? []]);
    const sha = digest(content);
    graph.commits[sha] = {
      sha,
      tree: digest(`tree ${content}`),
      parents: parentShas,
      message,
      author: person,
      committer: person,
      files: files ?? Object.keys(contents ?? {}),
    };
    if (contents !== undefined) graph.contents = { ...graph.contents, [sha]: contents };
    if (renamed !== undefined) graph.renamed = { ...graph.renamed, [sha]: renamed };
    graph.order.push(sha);
    return sha;
  }

  /** Points a branch elsewhere: a fast-forward, a forced push, or with no sha its deletion. */
  setBranch(repo: string, branch: string, sha: string | undefined): Moved {
    const graph = this.graph(repo);
    const before = graph.branches[branch] ?? NO_COMMIT;
    if (sha === undefined) delete graph.branches[branch];
    else graph.branches[branch] = sha;
    return { repo, branch, before, after: sha ?? NO_COMMIT };
  }

  async commit(repo: string, sha: string): Promise<Commit | undefined> {
    const { commits, order } = this.graph(repo);
    if (sha.length === SHA_DIGITS) return commits[sha];
    const matching = sha.length >= 7 ? order.filter((each) => each.startsWith(sha)) : [];
    return matching.length === 1 ? commits[matching[0] ?? ""] : undefined;
  }

  async head(repo: string, branch: string): Promise<string | undefined> {
    return this.graph(repo).branches[branch];
  }

  async branches(repo: string): Promise<Record<string, string>> {
    return { ...this.graph(repo).branches };
  }

  async compare(repo: string, base: string, head: string): Promise<Comparison | undefined> {
    const graph = this.graph(repo);
    if (graph.commits[base] === undefined || graph.commits[head] === undefined) return undefined;
    const ofBase = ancestors(graph, base);
    const ofHead = ancestors(graph, head);
    const shared = graph.order.filter((sha) => ofBase.has(sha) && ofHead.has(sha));
    const mergeBase = shared.at(-1);
    if (mergeBase === undefined) return undefined;
    const ahead = graph.order.filter((sha) => ofHead.has(sha) && !ofBase.has(sha)).map((sha) => graph.commits[sha]);
    return { mergeBase, ahead: ahead.filter((each) => each !== undefined), behindBy: ofBase.size - shared.length };
  }

  /**
   * Nobody knows what files were: all are changed that were not renamed, also where one commit took back what another
   * did. What a merge takes in is told by the commits it takes in.
   */
  async changes(repo: string, base: string, head: string): Promise<Change[]> {
    const ahead = (await this.compare(repo, base, head))?.ahead.filter((commit) => commit.parents.length < 2) ?? [];
    const { renamed: known = {} } = this.graph(repo);
    const renamed = Object.fromEntries(ahead.flatMap(({ sha }) => Object.entries(known[sha] ?? {})));
    const old = Object.values(renamed);
    const files = new Set(ahead.flatMap((commit) => commit.files).filter((path) => !old.includes(path)));
    return [...files].map((path) => {
      const previous = renamed[path];
      return previous === undefined ? { path, status: "changed" } : { path, previous, status: "renamed" };
    });
  }

  /** The newest of the commit and its ancestors that says what it holds. */
  async file(repo: string, sha: string, path: string): Promise<string | undefined> {
    return this.textAt(repo, sha, path);
  }

  /** The same at once, for whoever only looks on. */
  textAt(repo: string, sha: string, path: string): string | undefined {
    const graph = this.graph(repo);
    const said = Object.entries(graph.contents ?? {}).flatMap(([each, held]) =>
      held[path] === undefined ? [] : [each],
    );
    if (said.length === 0) return undefined;
    const reached = ancestors(graph, sha);
    const last = graph.order.findLast((each) => said.includes(each) && reached.has(each));
    return last === undefined ? undefined : (graph.contents?.[last]?.[path] ?? undefined);
  }

  /** Files, and the directories that they are in: nobody makes anything else here. */
  async entry(repo: string, sha: string, path: string): Promise<Entry | undefined> {
    const text = await this.file(repo, sha, path);
    if (text !== undefined) return { type: "file", text };
    const graph = this.graph(repo);
    const below = [...ancestors(graph, sha)].flatMap((each) => Object.keys(graph.contents?.[each] ?? {}));
    const inside = below.filter((each) => each.startsWith(`${path}/`)).map((each) => each.slice(path.length + 1));
    const names = [...new Set(inside.map((each) => each.split("/")[0] ?? each))].sort();
    return names.length === 0 ? undefined : { type: "directory", names };
  }

  async write(repo: string, { base, files, message, author }: Writing): Promise<string> {
    return this.make(repo, { message, parents: [base], contents: files, author: author.name });
  }

  /** Nobody knows lines here: two sides are in conflict where both touched one file. */
  async conflicts(repo: string, base: string, head: string): Promise<boolean> {
    const ours = await this.filesBetween(repo, head, base);
    return (await this.filesBetween(repo, base, head)).some((file) => ours.includes(file));
  }

  async merge(repo: string, { base, head, method, message, author }: Merging): Promise<string | undefined> {
    if (await this.conflicts(repo, base, head)) return undefined;
    const ahead = (await this.compare(repo, base, head))?.ahead ?? [];
    if (method === "rebase") {
      let onto = base;
      for (const one of ahead.filter((each) => each.parents.length < 2)) {
        const contents = this.graph(repo).contents?.[one.sha];
        const kept = { message: one.message, files: one.files, author: one.author.name };
        onto = this.make(repo, { ...kept, parents: [onto], ...(contents === undefined ? {} : { contents }) });
      }
      return onto;
    }
    const files = [...new Set(ahead.flatMap((each) => each.files))];
    const held = await Promise.all(files.map(async (path) => [path, await this.file(repo, head, path)] as const));
    const contents = Object.fromEntries(held.flatMap(([path, text]) => (text === undefined ? [] : [[path, text]])));
    const parents = method === "merge" ? [base, head] : [base];
    return this.make(repo, { message, parents, files, contents, author: author.name });
  }

  async moveBranch(repo: string, { branch, before, after }: BranchMove): Promise<boolean> {
    const { branches } = this.graph(repo);
    if ((branches[branch] ?? NO_COMMIT) !== before) return false;
    this.setBranch(repo, branch, after === NO_COMMIT ? undefined : after);
    return true;
  }

  private async filesBetween(repo: string, base: string, head: string): Promise<string[]> {
    return (await this.compare(repo, base, head))?.ahead.flatMap((commit) => commit.files) ?? [];
  }

  toJSON(): GitMemoryState {
    return this.graphs;
  }

  restore(state: GitMemoryState): void {
    this.graphs = state;
  }

  private graph(repo: string): Graph {
    this.graphs[repo] ??= { branches: {}, commits: {}, order: [] };
    return this.graphs[repo];
  }
}

function ancestors(graph: Graph, from: string): Set<string> {
  const seen = new Set<string>();
  const open = [from];
  for (let sha = open.pop(); sha !== undefined; sha = open.pop()) {
    if (seen.has(sha)) continue;
    seen.add(sha);
    open.push(...(graph.commits[sha]?.parents ?? []));
  }
  return seen;
}

const SHA_DIGITS = 40;

/** A plain hash of 160 bits, or fewer: a name that looks like a sha, not a proof of anything. */
export function digest(text: string, digits = SHA_DIGITS): string {
  let hex = "";
  for (let seed = 1; hex.length < digits; seed += 1) hex += hash32(text, seed).toString(16).padStart(8, "0");
  return hex;
}

function hash32(text: string, seed: number): number {
  let hash = Math.imul(seed, 0x9e3779b1) ^ text.length;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x85ebca6b);
    hash ^= hash >>> 13;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
