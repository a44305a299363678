/** The endings a scenario waits for, as the stand-ins show them. */
import { landings, type Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** `kept`: labels that are a person's. */
export async function closed(
  stage: Stage,
  number: number,
  says = "Done: landed and green.",
  kept: string[] = [],
): Promise<void> {
  await stage.until(`#${number} is closed as completed`, () => {
    const issue = stage.issue(number);
    return issue.done && landings(stage) > 0;
  });
  await stage.until("no label of ours is left", () => stage.labels(number).join() === kept.join());
  await final(stage, number, says);
  await belled(stage, number, "Done");
}

/** Merged by whomever, and done: the commit that merged it carries no line of the run's, where a person merged. */
export async function mergedAndClosed(stage: Stage, number: number): Promise<void> {
  await stage.until(`#${number} is closed as completed`, () => stage.issue(number).done);
  await stage.until("no label is left", () => stage.labels(number).length === 0);
  await final(stage, number, "Done: landed and green.");
  await belled(stage, number, "Done");
}

/** Handed over to a person: labels, mention, comment, bell; the issue stays open. */
export async function handedOver(stage: Stage, number: number, why: string): Promise<void> {
  await stage.until(`#${number} is handed over`, () => stage.labels(number).join() === "ready-for-human");
  await stage.until("the issue is open", () => stage.issue(number).state === "open");
  await stage.until("the labeller is mentioned in a new comment", () =>
    stage
      .comments(number)
      .some((body) => body.includes("@dev ") && body.includes(why) && !body.startsWith("<!-- afk:")),
  );
  await final(stage, number, why);
  await belled(stage, number, why);
}

export async function withdrawn(stage: Stage, number: number, why: string): Promise<void> {
  await stage.until("neither working label is left", () => !stage.labels(number).some((name) => /agent/.test(name)));
  await final(stage, number, why);
}

/** When the executor dies its agents die with it: the run may end with a person, but it ends, and is told. */
export async function endsSomehow(stage: Stage, scenario: Scenario): Promise<void> {
  if (scenario.name !== "happy-path") return scenario.play(stage);
  const { number } = stage.readyIssue();
  await stage.until("it is closed or handed over", () => {
    const labels = stage.labels(number).join();
    return stage.issue(number).state === "closed" ? labels === "" : labels === "ready-for-human";
  });
  const text = stage.issue(number).state === "closed" ? "Done" : "Handed over";
  await final(stage, number, text);
  await belled(stage, number, text);
}

async function final(stage: Stage, number: number, text: string): Promise<void> {
  await stage.until(`the comment says "${text}"`, () =>
    stage.comments(number).some((body) => body.startsWith("<!-- afk:") && body.includes(text)),
  );
}

async function belled(stage: Stage, number: number, text: string): Promise<void> {
  await stage.until("Slack rings", () => stage.bells(number).some((bell) => bell.includes(text)));
  await stage.until("ntfy rings", () => stage.pushes(number).some((bell) => bell.includes(text)));
}
