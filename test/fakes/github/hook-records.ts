/** The hooks that somebody made in a repository, beside the one the stand-in itself delivers to. */
import type { Repo } from "./state.ts";

export type HookDelivery = {
  id: number;
  at: string;
  event: string;
  /** 0: nobody answered. */
  statusCode: number;
};

export type HookRecord = {
  id: number;
  url: string;
  active: boolean;
  events: string[];
  contentType: "json" | "form";
  /** Empty: none. */
  secret: string;
  /** Oldest first. */
  deliveries: HookDelivery[];
  createdAt: string;
  updatedAt: string;
};

/** A repository of an older state has none. */
export function hooksOf(repo: Repo): HookRecord[] {
  return repo.hooks ?? [];
}
