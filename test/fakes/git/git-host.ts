/**
 * What a forge's stand-in asks of git, answered by a graph in memory (git-memory.ts) or by a real bare repository
 * (git-bare.ts).
 */
export type GitPerson = { name: string; email: string; date: string };

export type Commit = {
  sha: string;
  tree: string;
  parents: string[];
  message: string;
  author: GitPerson;
  committer: GitPerson;
  /** Paths this commit added, removed or modified, against its first parent; of a rename both names. */
  files: string[];
};

export type Comparison = {
  mergeBase: string;
  /** What head has and base has not, oldest first. */
  ahead: Commit[];
  behindBy: number;
};

/** A file that differs between two commits, a rename found as one. */
export type Change = { path: string; previous?: string; status: "added" | "deleted" | "changed" | "renamed" };

export interface GitHost {
  head(repo: string, branch: string): Promise<string | undefined>;
  /** A commit by its full sha, or by an unambiguous beginning of it of at least seven digits. */
  commit(repo: string, sha: string): Promise<Commit | undefined>;
  /** Undefined when either end is unknown or both share no ancestor. Ends are full shas. */
  compare(repo: string, base: string, head: string): Promise<Comparison | undefined>;
  /** What differs from base to head, both full shas, whatever lies between. */
  changes(repo: string, base: string, head: string): Promise<Change[]>;
  branches(repo: string): Promise<Record<string, string>>;
  /** What a file holds at a commit; undefined where there is none of that name. */
  file(repo: string, sha: string, path: string): Promise<string | undefined>;
  /** What stands at a path of a commit: more than files. */
  entry(repo: string, sha: string, path: string): Promise<Entry | undefined>;
  /** Commits files on top of a branch, null takes one away, and moves nothing: what comes of it is the branch's next end. */
  write(repo: string, writing: Writing): Promise<string>;
  /** Whether both commits changed the same since they parted, so that nothing can merge them. */
  conflicts(repo: string, base: string, head: string): Promise<boolean>;
  /** Makes what merging leaves on top of `base`, and moves no branch; undefined for a conflict. */
  merge(repo: string, merging: Merging): Promise<string | undefined>;
  /** Moves a branch, or makes or deletes it (`NO_COMMIT`); false where it is elsewhere by now. */
  moveBranch(repo: string, move: BranchMove): Promise<boolean>;
  /** Which branches refuse a direct push; where pushes go by another way than git's own, nobody need be told. */
  protect?(repo: string, branches: string[], words: (ref: string) => string[]): void;
}

export type BranchMove = { branch: string; before: string; after: string };

/** `rebase` keeps each commit's message and author; the others make one commit, with this message. */
export type Merging = {
  base: string;
  head: string;
  method: "merge" | "squash" | "rebase";
  message: string;
  author: GitPerson;
  committer: GitPerson;
};

export type Entry =
  | { type: "file"; text: string }
  | { type: "directory"; names: string[] }
  | { type: "symlink"; target: string }
  | { type: "submodule"; sha: string };

export type Writing = { base: string; files: Record<string, string | null>; message: string; author: GitPerson };

export const NO_COMMIT = "0".repeat(40);

/** What a forge accepts where it says `ref`: a branch, `heads/<branch>`, `refs/heads/<branch>`, or a sha. */
export async function resolveRef(git: GitHost, repo: string, ref: string): Promise<Commit | undefined> {
  const branch = ref.replace(/^(refs\/)?heads\//, "");
  const sha = (await git.head(repo, branch)) ?? (/^[0-9a-f]{7,40}$/.test(ref) ? ref : undefined);
  return sha === undefined ? undefined : git.commit(repo, sha);
}
