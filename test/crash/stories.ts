/** What becomes of an issue when nobody is killed: the agent's part, CI's part, and the one right ending. */
import type { Conclusion } from "../fakes/github/state.ts";

export interface Story {
  /** What the agent does in each turn; a further turn would be one too many. */
  turns: ("lands" | "asks, then lands" | "ends without a push" | "fails")[];
  /** What CI says of each landing, one word an attempt. */
  ci: Conclusion[][];
  ending: "closed" | "handed over" | "refused";
  /** A person must repair the trunk before the repo takes another issue. */
  leavesRed?: true;
}

export const STORIES = {
  happy: { turns: ["lands"], ci: [["success"]], ending: "closed" },
  asking: { turns: ["asks, then lands"], ci: [["success"]], ending: "closed" },
  "red, then fixed": { turns: ["lands", "lands"], ci: [["failure"], ["success"]], ending: "closed" },
  "cancelled, then rerun": { turns: ["lands"], ci: [["cancelled", "success"]], ending: "closed" },
  "edited after the label": { turns: [], ci: [], ending: "refused" },
  "never pushed": { turns: ["ends without a push"], ci: [], ending: "handed over" },
  failing: { turns: ["fails"], ci: [], ending: "handed over" },
  "red for good": { turns: ["lands", "lands"], ci: [["failure"], ["failure"]], ending: "handed over", leavesRed: true },
} as const satisfies Record<string, Story>;

export type StoryName = keyof typeof STORIES;

/** Hand-overs have the most acts that are not done twice by nature, so they come often. */
export const WEIGHTS: Record<StoryName, number> = {
  happy: 5,
  asking: 3,
  "red, then fixed": 4,
  "cancelled, then rerun": 3,
  "edited after the label": 1,
  "never pushed": 3,
  failing: 2,
  "red for good": 2,
};

export function storyOf(name: StoryName): Story {
  return STORIES[name];
}
