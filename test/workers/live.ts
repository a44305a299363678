/** How a run ends that waits for its deploy, whatever tells it of that: the issue, and what the board says of it. */
import { expect } from "vitest";
import type { World } from "./world.ts";

export function done(world: World, issue: number, live: string): void {
  expect(world.on(issue)).toMatchObject({ state: "closed", done: true });
  expect(world.comment(issue)).toContain("**Done: landed, green and live.**");
  expect(world.comment(issue)).toContain(`- [x] deployed - verified \`${live.slice(0, 12)}\``);
}

/** What the why-page tells of the deploy. */
export async function story(world: World, issue: number): Promise<string[]> {
  const { body } = await world.board(`/api/repos/${world.key.replace(":", "/")}/issues/${issue}`);
  const { story } = body as { story: { text: string }[] };
  return story.map(({ text }) => text).filter((text) => /live|deploy/.test(text));
}
