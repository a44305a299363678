/** Names of labels and repos: a forge keeps their case and heeds none. Pure. */
export function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
