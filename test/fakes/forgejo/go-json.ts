/** JSON as Go writes it: three characters that HTML minds are escaped, and a webhook's text is indented by two. */
const ESCAPED: Record<string, string> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

export function goJson(value: unknown, indent = 0): string {
  // Without an indent it is written many times faster where none is given at all.
  const text = indent === 0 ? JSON.stringify(value) : JSON.stringify(value, null, indent);
  return text.replace(/[<>&\u2028\u2029]/g, (letter) => ESCAPED[letter] ?? letter);
}
