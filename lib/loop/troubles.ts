/**
 * What a look could not read, by system. A token to mend is told to a human at once, anything else after ten looks in a
 * row, unless an act that waits for the same has told of it; it ends by itself when the system can be read again.
 */
import { ring, TRIES_BEFORE_TELLING } from "../core/acts.ts";
import { redact } from "../core/text.ts";
import type { Reading } from "../core/types.ts";
import { causeOf, toldCauses } from "./act-troubles.ts";
import { type Loop, notifierNames } from "./loop.ts";
import type { RepoRecord, Trouble } from "./records.ts";

export class Troubles {
  private readonly failures = new Map<string, { why: string; auth: boolean }>();
  private readonly successes = new Set<string>();

  note(system: string, reading: Reading<unknown>): void {
    if (reading.known) this.successes.add(system);
    else if (!this.failures.get(system)?.auth) this.failures.set(system, { why: reading.why, auth: reading.auth });
  }

  /** Of a branch that may not be there: only a refused token is told. */
  noteRefusal(system: string, reading: Reading<unknown>): void {
    if (!reading.known && reading.auth) this.note(system, reading);
  }

  readable(system: string): void {
    this.successes.add(system);
  }

  any(): boolean {
    return this.failures.size > 0;
  }

  /** Folds this look into the repo's record; call it inside a transaction. */
  store(loop: Loop, repo: RepoRecord): RepoRecord {
    const troubles = { ...repo.troubles };
    let acts = repo.acts.filter((one) => one.state === "pending");
    const now = loop.now();
    for (const system of this.successes) if (!this.failures.has(system)) delete troubles[system];
    for (const [system, { why, auth }] of this.failures) {
      const known = troubles[system];
      // A token to mend is told at once, whatever else was told before it.
      const goesOn = known !== undefined && (known.auth === true || !auth);
      const before: Trouble = goesOn ? known : { since: now, looks: 0, told: false, why };
      const looks = before.looks + 1;
      const tell = !before.told && (auth || looks >= TRIES_BEFORE_TELLING);
      const isTold = tell && toldCauses(loop, system).has(causeOf(loop, why));
      // What was told stands: nobody hears of what else came on top of it.
      const stands = { since: before.since, looks, told: before.told || tell, why: before.told ? before.why : why };
      troubles[system] = auth || before.auth ? { ...stands, auth: true } : stands;
      if (!tell || isTold) continue;
      loop.log({ level: "error", msg: `${system}: ${why}`, issue: null, run: null, code: "trouble" });
      const bell = { type: "trouble", system, detail: redact(why, loop.held) } as const;
      const names = notifierNames(loop).filter((name) => name !== system);
      acts = [...acts, ...names.map((name) => ring(name, `trouble-${system}-${before.since}`, bell, now))];
    }
    return { ...repo, troubles, acts };
  }
}
