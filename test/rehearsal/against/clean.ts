/**
 * Cleans up after one rehearsal, its own or one that was killed, by what its issue notes. Each step does no harm when it is
 * done again; the note that all is clean is the last one, so that a clean-up that was killed is done again too.
 *
 *   branches ..... of the issue's runs: deleted
 *   the trunk .... what was landed is taken back by one ordinary commit
 *   the issue .... its working labels go, it is closed, and says that it is over
 *   labels ....... those the repo did not have, unless somebody else uses them by now
 */
import type { ActResult, Reading } from "../../../lib/core/types.ts";
import { overBody } from "./marker.ts";
import type { Ground, Leftover } from "./preflight.ts";
import { ScratchGit } from "./trunk.ts";

/** What could not be cleaned up, in words; empty: it is as it was. */
export async function cleanUp(
  ground: Ground,
  of: Pick<Leftover, "number" | "marker">,
  say: (line: string) => void,
): Promise<string[]> {
  const left: string[] = [];
  const step = async (what: string, work: () => Promise<string | null>) => {
    try {
      const said = await work();
      if (said !== null) say(`  ${said}`);
    } catch (error) {
      left.push(`${what}: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`);
    }
  };
  await step("its branches", () => branchesGone(ground, of.number));
  await step(`what it landed on ${of.marker.trunk}`, () => landingsUndone(ground, of));
  await step(`issue #${of.number}`, () => issueClosed(ground, of.number));
  await step("the labels it made", () => labelsGone(ground, of));
  if (left.length === 0)
    await step(`issue #${of.number}`, async () => {
      must(await ground.scratch.writeBody(of.number, overBody(of.marker)));
      return null;
    });
  return left;
}

async function branchesGone(ground: Ground, number: number): Promise<string | null> {
  const git = new ScratchGit(ground.gate, ground.cloneUrl);
  const names = await git.branches(number);
  if (names.length === 0) return null;
  await git.deleteBranches(names);
  return `deleted ${names.join(", ")}`;
}

async function landingsUndone(ground: Ground, { number, marker }: Pick<Leftover, "number" | "marker">) {
  const git = new ScratchGit(ground.gate, ground.cloneUrl);
  const { landings, asBefore } = await git.undo(marker, number);
  if (landings === 0) return null;
  const how = asBefore ? "its files are as before" : "others have pushed meanwhile, and what they changed stays";
  return `took back what was landed on ${marker.trunk}: ${how}`;
}

async function issueClosed({ ports, own }: Ground, number: number): Promise<string | null> {
  const { tracker } = ports;
  const reading = told(await tracker.issue(number));
  if (reading.type === "gone") return null;
  const { ready, inProgress, readyForHuman } = own.config.labels;
  const ours = [ready, inProgress, readyForHuman].map((label) => label.toLowerCase());
  for (const label of reading.issue.labels)
    if (ours.includes(label.toLowerCase())) must(await tracker.removeLabel(number, label));
  if (reading.issue.state === "closed") return null;
  must(await tracker.createComment(number, "This was a rehearsal. It is over, and there is nothing to do here."));
  must(await tracker.close(number));
  return `closed #${number}`;
}

async function labelsGone({ ports, scratch }: Ground, { number, marker }: Pick<Leftover, "number" | "marker">) {
  const there = told(await scratch.labels());
  const said: string[] = [];
  for (const label of marker.labels.filter((name) => there.includes(name))) {
    const others = told(await ports.tracker.candidates(label)).filter((issue) => issue.number !== number);
    if (others.length > 0) said.push(`left the label ${label}: #${others[0]?.number} carries it by now`);
    else {
      must(await scratch.deleteLabel(label));
      said.push(`deleted the label ${label}`);
    }
  }
  return said.length === 0 ? null : said.join("; ");
}

function told<T>(reading: Reading<T>): T {
  if (reading.known) return reading.value;
  throw new Error(reading.why);
}

function must(result: ActResult<unknown>): void {
  if (result.type !== "done") throw new Error(result.why);
}
