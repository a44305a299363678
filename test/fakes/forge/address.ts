/** A request's URL, taken apart. The same few hundred are asked for over and over; nobody may change what he was given. */
const KEPT = 5000;
const known = new Map<string, URL>();

export function addressOf(text: string): URL {
  const before = known.get(text);
  if (before !== undefined) return before;
  const url = new URL(text);
  if (known.size >= KEPT) known.clear();
  known.set(text, url);
  return url;
}
