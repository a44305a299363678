/** Moments a scenario waits for or brings about. */
import { expect, landings } from "./scenario.ts";
import { DEV, REPO, type Stage } from "./stage.ts";

export async function working(stage: Stage): Promise<void> {
  await stage.until("the agent is at work", () => stage.t3.t3.dispatched.atWork().length === 1);
}

export async function atRest(stage: Stage): Promise<void> {
  await stage.until("the agent is at rest", () => stage.t3.t3.dispatched.atWork().length === 0);
}

export async function landed(stage: Stage, times: number): Promise<void> {
  await stage.until("it is landed", () => landings(stage) === times);
}

export function remove(stage: Stage, number: number): void {
  stage.standIn.people.deleteIssue({ repo: REPO, number, by: DEV });
}

/** An issue that is gone shows nothing: what was decided is told by the log alone. */
export async function decided(stage: Stage, what: string): Promise<void> {
  await stage.until(`it is decided: ${what}`, () => stage.loop.lines.some((line) => line.includes(what)));
}

/** Holds the run between its claim and its first turn while `meanwhile` happens. */
export async function claimedOnly(stage: Stage, meanwhile: (number: number) => unknown): Promise<number> {
  const held = stage.standIn.faults.add(({ method, path }) => method === "POST" && path.endsWith("/labels"), 500);
  const { number } = stage.readyIssue();
  await stage.until("it is claimed", () => held.hits > 2);
  await meanwhile(number);
  held.remove();
  return number;
}

export async function givenBack(stage: Stage, number: number): Promise<void> {
  await stage.until("only the ready label is left", () => stage.labels(number).join() === "ready-for-agent");
  expect(stage.turns().length === 0, "a turn was started");
}
