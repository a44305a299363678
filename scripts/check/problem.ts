/** What a rule has to say of a source. A rule is a pure function over path (from the root, with slashes) and text. */
export interface Problem {
  path: string;
  line: number;
  text: string;
}

export type Rule = (path: string, source: string) => Problem[];
