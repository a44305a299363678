/** Lines that must not come before others: kept until released, passed on at once from then on. */
export interface HeldLines {
  line(text: string): void;
  release(): void;
}

export function heldLines(pass: (line: string) => void): HeldLines {
  let held: string[] | null = [];
  return {
    line(text) {
      if (held) held.push(text);
      else pass(text);
    },
    release() {
      for (const text of held ?? []) pass(text);
      held = null;
    },
  };
}
