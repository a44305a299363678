/** Sorts keys in place as ledgers do, by the bytes of their UTF-8: another order than JavaScript's beyond the basic plane. */
export function byUtf8(keys: string[]): string[] {
  keys.sort();
  return keys.some((key) => SURROGATE.test(key))
    ? keys.sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    : keys;
}

const SURROGATE = /[\ud800-\udfff]/;
