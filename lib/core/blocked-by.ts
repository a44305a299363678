/** The blockers people name in an issue's text. */

/** References after the words "blocked by" in a body, as people write them: `#3, #4 and owner/name#5`. */
export function blockersInBody(body: string): { repo: string | null; number: number }[] {
  const found: { repo: string | null; number: number }[] = [];
  for (const phrase of body.matchAll(BLOCKED_BY)) {
    for (const reference of (phrase[1] ?? "").matchAll(/([\w.-]+\/[\w.-]+)?#(\d{1,9})/g))
      found.push({ repo: reference[1] ?? null, number: Number(reference[2]) });
  }
  return found.slice(0, BODY_BLOCKERS_MAX);
}

const BLOCKED_BY =
  /(?<![a-z0-9])blocked by[*_:]{0,3}(?:[ \t]{1,9}|[ \t]{0,9}(?:\r?\n[ \t]{0,9}){1,2}[-*+][ \t]{1,9})((?:(?:[\w.-]{1,99}\/[\w.-]{1,99})?#\d{1,9}[ \t]{0,9},?[ \t]{0,9}(?:and|&)?[ \t]{0,9}(?:\r?\n[ \t]{0,9}[-*+][ \t]{1,9}(?=\S{0,200}#\d))?){1,20})/gi;
const BODY_BLOCKERS_MAX = 20;
