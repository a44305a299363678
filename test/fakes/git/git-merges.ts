/**
 * (node) What a forge makes when it merges, by the real git in a bare repository: a merge commit, one squashed commit, or
 * the same commits again on top of the base.
 */
import type { GitPerson, Merging } from "./git-host.ts";

export type RunGit = (args: string[], env?: Record<string, string>) => Promise<string>;

/** The tree that merging the two gives; undefined for a conflict. */
export async function mergeTree(run: RunGit, ours: string, theirs: string): Promise<string | undefined> {
  try {
    return lineOf(await run(["merge-tree", "--write-tree", ours, theirs]));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === 1) return undefined;
    throw error;
  }
}

export async function mergeWith(run: RunGit, merging: Merging): Promise<string | undefined> {
  const { base, head, method, message, author, committer } = merging;
  if (method === "rebase") return rebased(run, merging);
  const tree = await mergeTree(run, base, head);
  if (tree === undefined) return undefined;
  const parents = method === "merge" ? [base, head] : [base];
  return commitTree(run, tree, parents, message, { author, committer });
}

async function rebased(run: RunGit, { base, head, committer }: Merging): Promise<string | undefined> {
  const range = await run(["rev-list", "--reverse", "--topo-order", "--no-merges", `${base}..${head}`]);
  let onto = base;
  for (const sha of range.split("\n").filter((each) => each !== "")) {
    const shown = await run(["show", "--no-patch", "--format=%P%n%an%n%ae%n%aI%n%B", sha]);
    const [parent = "", name = "", email = "", date = "", ...message] = shown.split("\n");
    // What one commit changed is a merge whose base is its parent: a commit of the new ground on that parent stands in.
    const ground = await commitTree(run, `${onto}^{tree}`, [parent], "ground", { author: committer, committer });
    const tree = await mergeTree(run, ground, sha);
    if (tree === undefined) return undefined;
    const people = { author: { name, email, date }, committer };
    onto = await commitTree(run, tree, [onto], message.join("\n").trim(), people);
  }
  return onto;
}

export async function commitTree(
  run: RunGit,
  tree: string,
  parents: string[],
  message: string,
  { author, committer }: { author: GitPerson; committer: GitPerson },
): Promise<string> {
  const env = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: author.date,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: committer.date,
  };
  const onto = parents.flatMap((parent) => ["-p", parent]);
  return lineOf(await run(["commit-tree", tree, ...onto, "-m", message], env));
}

function lineOf(text: string): string {
  return text.split("\n")[0] ?? "";
}
