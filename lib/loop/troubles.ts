/**
 * What a look could not read, by system. A token to mend is told to a human at once, a rate limit when it has lasted longer
 * than any that ends by itself, anything else after ten looks in a row; all unless an act that waits for the same has told
 * of it. It ends by itself when the system can be read again.
 */
import { ASKED_CAP_MS, ring, TRIES_BEFORE_TELLING } from "../core/acts.ts";
import { redact } from "../core/text.ts";
import type { Reading } from "../core/types.ts";
import { causeOf, toldCauses } from "./act-troubles.ts";
import { type Loop, notifierNames } from "./loop.ts";
import type { RepoRecord, Trouble } from "./records.ts";

interface Seen {
  failures: Map<string, { why: string; auth: boolean; limited: boolean; by: string | null }>;
  /** By system: whose reads succeeded. */
  successes: Map<string, Set<string | null>>;
}

export class Troubles {
  private readonly by: string | null;
  private readonly seen: Seen;

  /** `by`: whose reads they are, a run's or, null, the repo's own. */
  constructor(by: string | null = null, seen: Seen = { failures: new Map(), successes: new Map() }) {
    this.by = by;
    this.seen = seen;
  }

  /** The same, told of by the looks at one run: what it alone cannot read, no other run's read ends. */
  of(run: string): Troubles {
    return new Troubles(run, this.seen);
  }

  note(system: string, reading: Reading<unknown>): void {
    const { failures } = this.seen;
    if (reading.known) this.readable(system);
    else if (!failures.get(system)?.auth) {
      const { why, auth, limited = false } = reading;
      failures.set(system, { why, auth, limited, by: this.by });
    }
  }

  /** Of a branch that may not be there: only a refused token is told. */
  noteRefusal(system: string, reading: Reading<unknown>): void {
    if (!reading.known && reading.auth) this.note(system, reading);
  }

  readable(system: string): void {
    const whose = this.seen.successes.get(system) ?? new Set();
    this.seen.successes.set(system, whose.add(this.by));
  }

  /** Folds this look into the repo's record; call it inside a transaction. */
  store(loop: Loop, repo: RepoRecord): RepoRecord {
    const troubles = { ...repo.troubles };
    let acts = repo.acts.filter((one) => one.state === "pending");
    const now = loop.now();
    const { failures, successes } = this.seen;
    for (const system of successes.keys())
      if (!failures.has(system) && this.isOver(system, troubles[system], repo)) delete troubles[system];
    for (const [system, { why, auth, limited, by }] of failures) {
      const known = troubles[system];
      // A token to mend is told at once, whatever else was told before it.
      const goesOn = known !== undefined && (known.auth === true || !auth);
      const before: Trouble = goesOn ? known : { since: now, looks: 0, told: false, why };
      const looks = before.looks + 1;
      const lasts = limited ? now - before.since > ASKED_CAP_MS : looks >= TRIES_BEFORE_TELLING;
      const tell = !before.told && (auth || lasts);
      const isTold = tell && toldCauses(loop, system).has(causeOf(loop, why));
      const whose = known === before && !this.isOver(system, known, repo) ? (known.by ?? null) : by;
      // What was told stands: nobody hears of what else came on top of it.
      const stands = {
        since: before.since,
        looks,
        told: before.told || tell,
        why: before.told ? before.why : why,
        ...(whose === null ? {} : { by: whose }),
      };
      troubles[system] = auth || before.auth ? { ...stands, auth: true } : stands;
      if (!tell || isTold) continue;
      loop.log({ level: "error", msg: `${system}: ${why}`, code: "trouble" });
      const bell = { type: "trouble", system, detail: redact(why, loop.held) } as const;
      const names = notifierNames(loop).filter((name) => name !== system);
      acts = [...acts, ...names.map((name) => ring(name, `trouble-${system}-${before.since}`, bell, now))];
    }
    return { ...repo, troubles, acts };
  }

  /** Who met it can read again, or is no more. */
  private isOver(system: string, trouble: Trouble | undefined, { active }: RepoRecord): boolean {
    const by = trouble?.by;
    if (by === undefined) return true;
    return this.seen.successes.get(system)?.has(by) === true || !active.includes(by);
  }
}
