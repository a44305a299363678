/** What people did to pull requests, as nobody but them knows it: kept for the rules. */
export type Verdict = "approve" | "request_changes" | "comment";

export class PullBook {
  /** Words that nobody may obey, each with the mark that stands in it and who said it. */
  readonly unheeded = new Map<string, string>();
  /** Every mark, in the order in which it was said. */
  readonly marks: string[] = [];
  /** Pull requests that a person closed unmerged, or whose branch one deleted; as `repo#number`. */
  readonly closed = new Set<string>();
  /** Heads that were in a merge queue at some time. */
  readonly queued = new Set<string>();
  /** The last word of each reviewer who may write, by pull request. */
  readonly verdicts = new Map<string, Map<string, { verdict: Verdict; at: number }>>();

  private readonly asked = new Map<string, { mark: string; at: number }[]>();

  /** Access is asked when a remark is read, so what he said before counts as well. */
  mayWriteAgain(person: string): void {
    for (const [mark, by] of this.unheeded) if (by === person) this.unheeded.delete(mark);
  }

  /** A remark, marked so that it is found again in a turn's text. */
  remark(by: string, heed: "heeded" | "unheeded", text: string): string {
    const mark = `[remark-${this.marks.length + 1}]`;
    this.marks.push(mark);
    if (heed === "unheeded") this.unheeded.set(mark, by);
    return `${text} ${mark}`;
  }

  /** A remark of somebody who may write, on that pull request. */
  asks(on: string, text: string, at: number): void {
    const mark = this.marks.findLast((one) => text.endsWith(one));
    if (mark !== undefined) this.asked.set(on, [...(this.asked.get(on) ?? []), { mark, at }]);
  }

  heeded(on: string): { mark: string; at: number }[] {
    return this.asked.get(on) ?? [];
  }

  judged(on: string, by: string, verdict: Verdict, at: number): void {
    if (verdict === "comment") return;
    const here = this.verdicts.get(on) ?? new Map<string, { verdict: Verdict; at: number }>();
    this.verdicts.set(on, here.set(by, { verdict, at }));
  }

  approvals(on: string): number {
    return [...(this.verdicts.get(on)?.values() ?? [])].filter((one) => one.verdict === "approve").length;
  }

  verdictOf(on: string, by: string): Verdict | null {
    return this.verdicts.get(on)?.get(by)?.verdict ?? null;
  }

  /** Whether somebody who still may write has asked for changes before then, and not approved since. */
  wantsChangesSince(on: string, before: number, mayWrite: (by: string) => boolean): boolean {
    const all = [...(this.verdicts.get(on) ?? [])];
    return all.some(([by, { verdict, at }]) => verdict === "request_changes" && at < before && mayWrite(by));
  }
}
