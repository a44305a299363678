/**
 * How long a server asks us to wait, in ms, by its Retry-After; null: nothing of use. Seconds only: a date would compare
 * two machines' clocks. Whoever waits bounds it.
 */
export function retryAfterMs(header: string | null): number | null {
  return header !== null && /^\d{1,7}$/.test(header) ? Number(header) * 1000 : null;
}
