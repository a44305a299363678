/** Whether a name fits a pattern of `*`, `?`, `[a-z]`, `[!a-z]`, `{one,other}` and `\`; `*` stands for slashes too. Pure. */

const PATTERN_CHARS_MAX = 255;

export function fitsGlob(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  if (pattern.length > PATTERN_CHARS_MAX) return false;
  const source = sourceOf(pattern);
  try {
    return source !== null && new RegExp(`^${source}$`, "s").test(name);
  } catch {
    return false;
  }
}

/** As a regular expression's source; null: no pattern. */
function sourceOf(pattern: string): string | null {
  let source = "";
  let open = 0;
  for (let at = 0; at < pattern.length; at++) {
    const mark = pattern[at] ?? "";
    if (mark === "\\") source += literal(pattern[++at] ?? "\\");
    else if (mark === "*") source += source.endsWith(".*") ? "" : ".*";
    else if (mark === "?") source += ".";
    else if (mark === "[") {
      const set = /^\[(!?)([^\]]+)\]/.exec(pattern.slice(at));
      if (!set) return null;
      source += `[${set[1] ? "^" : ""}${(set[2] ?? "").replace(/[\\^[]/g, "\\$&")}]`;
      at += set[0].length - 1;
    } else if (mark === "{" || mark === "}") {
      open += mark === "{" ? 1 : -1;
      if (open < 0) return null;
      source += mark === "{" ? "(?:" : ")";
    } else if (mark === "," && open > 0) source += "|";
    else source += literal(mark);
  }
  return open === 0 ? source : null;
}

function literal(mark: string): string {
  return mark.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
