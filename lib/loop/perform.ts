/**
 * Performs due acts. Acts to different systems go at the same time; those to one system in their order.
 */
import { type Act, performable } from "../core/acts.ts";
import { redact } from "../core/text.ts";
import { retry } from "../core/types.ts";
import { acknowledge, actsOf, type Holder } from "./acknowledge.ts";
import { fits, requestsOf } from "./allowance.ts";
import { answer, createThread, startTurn } from "./deeds-executor.ts";
import {
  close,
  handLabel,
  react,
  readBack,
  removeHandLabel,
  removeInProgress,
  removeReady,
  reopen,
  stamp,
  writeComment,
  writeHandOver,
} from "./deeds-forge.ts";
import { ring, show } from "./deeds-notify.ts";
import { deleteBranch, merge, propose } from "./deeds-proposal.ts";
import { fence } from "./fence.ts";
import type { Loop } from "./loop.ts";
import type { Performed } from "./performed.ts";
import { putOnAgain } from "./retry.ts";

/**
 * Tries every due act once, as far as this invocation goes: what is left is due, and the alarm with it. True if any was
 * tried: what waited for it may be due now.
 */
export async function performDue(loop: Loop): Promise<boolean> {
  const now = loop.now();
  const due = holders(loop).flatMap((holder) => performable(actsOf(loop, holder), now).map((one) => ({ holder, one })));
  const systems = [...new Set(due.map(({ one }) => one.system))];
  let tried = false;
  let underWay = 0;
  await Promise.all(
    systems.map(async (system) => {
      for (const { holder, one } of due) {
        if (one.system !== system) continue;
        const most = requestsOf(one.deed);
        if (!fits(loop.requests() + underWay, most)) return;
        tried = true;
        underWay += most;
        await performOne(loop, holder, one.key);
        underWay -= most;
      }
    }),
  );
  return tried;
}

function holders(loop: Loop): Holder[] {
  const { active, commenting } = loop.store.repo();
  return [
    ...active.map((id): Holder => ({ type: "run", id })),
    ...commenting.map((number): Holder => ({ type: "issue", number })),
    { type: "repo" },
  ];
}

async function performOne(loop: Loop, holder: Holder, key: string): Promise<void> {
  const one = performable(actsOf(loop, holder), loop.now()).find((act) => act.key === key);
  if (!one) return;
  const result = await attempt(loop, holder, one);
  loop.store.transaction(() => acknowledge(loop, holder, key, result));
}

/** A deed that throws is a fault of ours: it is tried again, and stops nothing else. */
async function attempt(loop: Loop, holder: Holder, one: Act): Promise<Performed> {
  try {
    return await perform(loop, holder, one);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    loop.log({
      level: "error",
      msg: `act ${one.key} threw: ${redact(why, loop.held)}`,
      code: "thrown",
    });
    return retry(why);
  }
}

async function perform(loop: Loop, holder: Holder, one: Act): Promise<Performed> {
  const { deed } = one;
  if (deed.type === "comment")
    return holder.type === "issue" ? writeComment(loop, holder.number, one) : { type: "dropped", why: "no issue" };
  if (deed.type === "react") return react(loop, deed);
  if (deed.type === "retry") return putOnAgain(loop, deed);
  const run = holder.type === "run" ? loop.store.run(holder.id) : null;
  if (deed.type === "ring") return ring(loop, run, deed, one.key);
  if (!run) return { type: "dropped", why: "the run is gone" };
  switch (deed.type) {
    case "stamp":
      return stamp(loop, run, one);
    case "unstamp":
      return removeHandLabel(loop, run);
    case "read_back":
      return readBack(loop, run, one);
    case "create_thread":
      return createThread(loop, run);
    case "start_turn":
      return startTurn(loop, run, deed, one);
    case "answer":
      return answer(loop, run, deed);
    case "fence":
      return fence(loop, run, one);
    case "rerun":
      return loop.ci.rerun(deed.runIds);
    case "propose":
      return propose(loop, run);
    case "merge":
      return merge(loop, run, deed);
    case "delete_branch":
      return deleteBranch(loop, run, deed);
    case "remove_label":
      return deed.label === "ready" ? removeReady(loop, run) : removeInProgress(loop, run);
    case "hand_label":
      return handLabel(loop, run, one);
    case "close":
      return close(loop, run);
    case "reopen":
      return reopen(loop, run);
    case "hand_over":
      return writeHandOver(loop, run);
    case "show":
      return show(loop, run, deed);
    default:
      return deed satisfies never;
  }
}
