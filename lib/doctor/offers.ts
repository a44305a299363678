/** What setup can make or mend by itself. Nothing among it arms: no offer touches the kill switch or the allowlist. */
import { type RepoName, repoKey } from "../core/types.ts";

export interface LabelOffer {
  type: "label";
  repo: RepoName;
  name: string;
  /** Six hexadecimal digits. */
  color: string;
  description: string;
}

export interface HookOffer {
  type: "hook";
  repo: RepoName;
  url: string;
  events: readonly string[];
  /**
   * `missing`: there is none. `shape`: it is switched off, told of too little, or told in a wrong way. `secret`: it signs
   * with another secret than ours, or with none. `double`: several call the same address.
   */
  wrong: "missing" | "shape" | "secret" | "double";
  /** The one that is there; null: none is. */
  hookId: string | null;
  /** The older ones; they go only where that is what was asked for: `double`. */
  extra: string[];
}

export type Offer =
  | LabelOffer
  | HookOffer
  /** A GitHub App, by its manifest; no credentials are set. */
  | { type: "app" }
  /** The App's key, as it was handed out. */
  | { type: "private_key" }
  /** Nobody else on the machine may read the file. */
  | { type: "file_mode"; path: string };

/** Two findings may ask for the same act. */
export function keyOf(offer: Offer): string {
  switch (offer.type) {
    case "label":
      return `label ${repoKey(offer.repo)} ${offer.name}`;
    case "hook":
      return `hook ${repoKey(offer.repo)} ${offer.wrong}`;
    case "app":
    case "private_key":
    case "file_mode":
      return offer.type;
    default:
      return offer satisfies never;
  }
}
