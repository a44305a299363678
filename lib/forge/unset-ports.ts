/** The ports of a forge without credentials: what is in flight keeps its time, and a human is told. */
import { type ActResult, type Unread, unread } from "../core/types.ts";
import type { ForgePorts } from "./forge.ts";

/** A read is unread and an act is tried again, so one answer is both. */
const NONE = { ...unread("no credentials are set for this forge", "auth"), everywhere: true as const };
const ANSWER = { ...NONE, type: "retry", afterMs: null } as const;

const nothing = async (): Promise<Unread & ActResult<never>> => ANSWER;

export function unsetPorts(): ForgePorts {
  return {
    tracker: port<ForgePorts["tracker"]>({ pin: { type: "last_edit", lastEditedIso: nothing } }),
    ci: port<ForgePorts["ci"]>({ canRerun: false }),
    proposals: port<ForgePorts["proposals"]>({}),
  };
}

/** Whose methods all answer that; `own`: what it has besides. */
function port<Port extends object>(own: Partial<Port>): Port {
  return new Proxy(own, { get: (target, name) => Reflect.get(target, name) ?? nothing }) as Port;
}
