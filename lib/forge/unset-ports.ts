/** The ports of a forge without credentials: what is in flight keeps its time, and a human is told. */
import { type ActResult, type Unread, unread } from "../core/types.ts";
import type { ForgePorts } from "./forge.ts";

/** A read is unread and an act is tried again, so one answer is both. */
const NONE = { ...unread("no credentials are set for this forge", "auth"), everywhere: true as const };
const ANSWER = { ...NONE, type: "retry", afterMs: null } as const;

export function unsetPorts(): ForgePorts {
  const nothing = async (): Promise<Unread & ActResult<never>> => ANSWER;
  const never = new Proxy({}, { get: () => nothing });
  return {
    tracker: never as ForgePorts["tracker"],
    ci: never as ForgePorts["ci"],
    proposals: never as ForgePorts["proposals"],
  };
}
