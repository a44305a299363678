import type { BranchMove, GitHost } from "../git/git-host.ts";
import { fullName } from "./finders.ts";
import type { OnOwnMove } from "./stand-in.ts";

/**
 * Moves a branch as the forge itself does, which no push tells of; `tell` does what is to be done about it. False where the
 * branch is elsewhere by now.
 */
export async function moveBranch(
  world: { git: GitHost; onOwnMove: OnOwnMove },
  repo: { git: string; owner: string; name: string },
  by: { login: string },
  move: BranchMove,
  tell: () => void | Promise<void>,
): Promise<boolean> {
  const told = { ...move, git: repo.git, repo: fullName(repo), by: by.login };
  world.onOwnMove(told, "begins");
  let isMoved = false;
  try {
    isMoved = await world.git.moveBranch(repo.git, move);
    if (isMoved) await tell();
  } finally {
    world.onOwnMove(told, isMoved ? "done" : "failed");
  }
  return isMoved;
}
