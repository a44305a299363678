/** What setup can make or mend by itself. Nothing among it arms: no offer touches the kill switch or the allowlist. */
import type { RepoName } from "../core/types.ts";

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
  /** The hook that is there and not as it should be; null: there is none. */
  hookId: string | null;
  /** What is wrong with it. Where a secret can be put in anew, only what is wrong is changed. */
  wrong: "missing" | "shape" | "secret";
}

export type Offer =
  | LabelOffer
  | HookOffer
  /** A GitHub App, by its manifest; no credentials are set. */
  | { type: "app" }
  /** The App's key, as it was handed out. */
  | { type: "private_key" }
  /** A generated secret for a setting that is empty. */
  | { type: "secret"; setting: string; why: string }
  /** Nobody else on the machine may read the file. */
  | { type: "file_mode"; path: string };
