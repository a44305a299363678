/** What scenarios of repos that say how their commits go live have in common. */
import { expect, head, landings } from "./scenario.ts";
import { REPO, type Stage } from "./stage.ts";

export const LIVE = "Done: landed, green and live.";

/** Its rules say so before anything starts; that commit. */
export async function saysDeploy(stage: Stage, rule: string): Promise<string> {
  const before = await stage.pushToTrunk({ ".afk.yml": `deploy:\n  ${rule}` }, "Say how it is deployed");
  await stage.until("CI of the repo's rules is green", () => stage.standIn.ciWord(REPO, before) === "fine");
  return before;
}

/** Until so many changes have landed and the newest is green: that one. */
export async function landedGreen(stage: Stage, count = 1): Promise<string> {
  await stage.until("it has landed, and CI is green", () => {
    return landings(stage) === count && stage.standIn.ciWord(REPO, head(stage)) === "fine";
  });
  return head(stage);
}

export async function isNotLive(stage: Stage, number: number): Promise<void> {
  await stage.until("the issue says what it waits for", () =>
    stage.comments(number).some((body) => body.includes("Landed, CI is green; not live yet.")),
  );
  expect(stage.issue(number).state === "open", "it was closed before it was live");
}
