/** Commits that somebody pushes, told to the forge and to CI. */
import { NO_COMMIT } from "../fakes/git/git-host.ts";
import type { Ci } from "./ci.ts";
import type { Life } from "./ci-lives.ts";
import type { World } from "./world.ts";

export interface NewPush {
  repo: string;
  branch: string;
  message: string;
  good: boolean;
  by: string;
  files?: string[];
  contents?: Record<string, string>;
  /** Beside the branch's end: what it merges. */
  merges?: string;
  life?: Life;
  /** Checks beside the one that all commits have: whether each passes. */
  besides?: Record<string, boolean>;
}

export async function pushCommit(world: World, ci: Ci, push: NewPush): Promise<string> {
  const { repo, branch, message, good, by, files = ["src/code.ts"], contents, merges, life, besides } = push;
  const before = (await world.git.head(repo, branch)) ?? NO_COMMIT;
  const trunk = await world.git.head(repo, "main");
  const end = before === NO_COMMIT ? trunk : before;
  const parents = [end, merges].filter((one) => one !== undefined);
  const sha = world.git.add(repo, branch, { message, files, parents, ...(contents === undefined ? {} : { contents }) });
  await world.forge.pushed(repo, branch, before, sha, by);
  const told = { ...(life === undefined ? {} : { life }), ...(besides === undefined ? {} : { besides }) };
  await ci.pushed({ repo, branch, sha, by, good, ...told });
  return sha;
}

/** The same, with all that the trunk has by now merged into it. */
export async function pushMerge(world: World, ci: Ci, push: NewPush): Promise<string> {
  const { repo, branch, message, good, by, files = ["src/code.ts"] } = push;
  const [before, trunk] = await Promise.all([world.git.head(repo, branch), world.git.head(repo, "main")]);
  if (before === undefined || trunk === undefined) return pushCommit(world, ci, push);
  const sha = world.git.add(repo, branch, { message, files, parents: [before, trunk] });
  await world.forge.pushed(repo, branch, before, sha, by);
  await ci.pushed({ repo, branch, sha, by, good });
  return sha;
}

/** To the trunk by hand; where its rules take no push, by a pull request of one's own that is merged at once. */
export async function pushTrunk(world: World, ci: Ci, push: Omit<NewPush, "branch">): Promise<void> {
  const { repo, good, files = ["src/code.ts"], message } = push;
  const { pulls, ci: told } = world.forge;
  const by = world.forge.mayPush(repo, push.by) ? push.by : "agent";
  const { rules, methods = [] } = world.weather.pulls ?? {};
  if (!rules) {
    await pushCommit(world, ci, { ...push, branch: "main" });
    return;
  }
  const branch = `${by}/${pulls.all(repo).length}`;
  const trunk = (await world.git.head(repo, "main")) ?? NO_COMMIT;
  const sha = world.git.add(repo, branch, { message, files, parents: [trunk] });
  await world.forge.pushed(repo, branch, NO_COMMIT, sha, by);
  ci.good.set(sha, good);
  const run = await told.createWorkflowRun({ repo, sha, branch, by, jobs: ["test"] });
  await told.updateWorkflowRun(repo, run.id, { status: "completed", conclusion: "success" });
  const { number } = await pulls.open({ repo, branch, base: "main", by, title: message });
  await pulls.review({ repo, number, by: "lead", verdict: "approve" });
  if (rules.queue && world.played.enqueue) await world.played.enqueue({ repo, number, by: "lead" });
  else await pulls.merge({ repo, number, by: "lead", method: methods[0] ?? "merge" });
}
