/** An issue of the crash rounds: labelled once, and what it is to come to. */
import type { StoryName } from "./stories.ts";

export interface Wanted {
  repo: string;
  number: number;
  story: StoryName;
  /** The delivery that told of its label was answered 2xx. */
  acked: boolean;
}

export function nameOf({ repo, number }: Pick<Wanted, "repo" | "number">): string {
  return `${repo}#${number}`;
}
