/**
 * Reads one setting at a time. Unset means the fallback; a value that cannot be parsed is recorded with its reason, and
 * the fallback stands in for it. A reason never repeats the value: /healthz shows it to anyone.
 */

import { parseJsonObject } from "./json.ts";
import { proxyHeaders } from "./proxy-headers.ts";

export type Environment = Record<string, string | undefined>;

export interface SettingError {
  setting: string;
  reason: string;
}

export interface Price {
  in: number;
  out: number;
}

/** One part of a comma-separated setting. */
export type Entry = { ok: true; value: string } | { ok: false; reason: string };

/** The longest time that a setting, or a repo's file, may set. */
export const ONE_YEAR_SECONDS = 31_536_000;

/** JSON writes numbers beyond all numbers, and they arrive as infinity. */
function isPrice(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && Number.isFinite(value);
}

export class SettingReader {
  private readonly env: Environment;
  private readonly errors: SettingError[];

  constructor(env: Environment, errors: SettingError[]) {
    this.env = env;
    this.errors = errors;
  }

  boolean(setting: string, fallback: boolean): boolean {
    const text = this.text(setting);
    if (text === null) return fallback;
    if (text === "true" || text === "false") return text === "true";
    return this.fail(setting, "neither true nor false", fallback);
  }

  count(setting: string, fallback: number): number {
    const text = this.text(setting);
    if (text === null) return fallback;
    if (/^\d{1,6}$/.test(text)) return Number(text);
    return this.fail(setting, "not a whole number from 0 to 999999", fallback);
  }

  amount(setting: string, fallback: number): number {
    const text = this.text(setting);
    if (text === null) return fallback;
    if (/^\d{1,9}(\.\d{1,6})?$/.test(text)) return Number(text);
    return this.fail(setting, "not an amount of 0 or more", fallback);
  }

  /** Milliseconds, from a setting in seconds. */
  seconds(setting: string, fallbackSeconds: number): number {
    const text = this.text(setting);
    const fallback = fallbackSeconds * 1000;
    if (text === null) return fallback;
    const seconds = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
    if (seconds > 0 && seconds <= ONE_YEAR_SECONDS) return Math.max(1, Math.round(seconds * 1000));
    return this.fail(setting, "not a number of seconds above 0", fallback);
  }

  oneOf<T extends string>(setting: string, values: readonly T[], fallback: T): T {
    const text = this.text(setting);
    if (text === null) return fallback;
    return values.find((value) => value === text) ?? this.fail(setting, `none of ${values.join(", ")}`, fallback);
  }

  label(setting: string, fallback: string): string {
    const text = this.text(setting);
    if (text === null) return fallback;
    if (text.length <= 50 && !text.includes(",")) return text;
    return this.fail(setting, "a label has at most 50 characters and no comma", fallback);
  }

  /** Said of the first of several label settings whose names must differ, in any case. */
  distinct(setting: string, names: string[]): void {
    const folded = new Set(names.map((name) => name.toLowerCase()));
    if (folded.size < names.length) this.fail(setting, "the three labels must differ", null);
  }

  list(setting: string, entry: (text: string) => Entry): string[] {
    const values: string[] = [];
    for (const [index, part] of (this.text(setting) ?? "").split(",").entries()) {
      const text = part.trim();
      if (text === "") continue;
      const parsed = entry(text);
      if (parsed.ok) values.push(parsed.value);
      else this.fail(setting, `entry ${index + 1} ${parsed.reason}`, null);
    }
    return [...new Set(values)];
  }

  model(setting: string): string | null {
    const text = this.text(setting);
    if (text === null || /^[^/\s]+\/\S+$/.test(text)) return text;
    return this.fail(setting, "not <instanceId>/<model>", null);
  }

  url(setting: string): string | null {
    const text = this.text(setting);
    if (text === null) return null;
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url && (url.protocol === "https:" || url.protocol === "http:")) return text.replace(/\/+$/, "");
    return this.fail(setting, "not an http or https URL", null);
  }

  path(setting: string): string | null {
    const text = this.text(setting);
    if (text === null || text.startsWith("/") || /^[A-Za-z]:[\\/]/.test(text)) return text?.replace(/\/+$/, "") ?? null;
    return this.fail(setting, "not an absolute path", null);
  }

  prices(setting: string): Record<string, Price> {
    const text = this.text(setting);
    if (text === null) return {};
    const value = parseJsonObject(text);
    if (!value) return this.fail(setting, "not a JSON object", {});
    const prices: [string, Price][] = [];
    for (const [model, price] of Object.entries(value)) {
      const { in: input, out } = (price ?? {}) as { in?: unknown; out?: unknown };
      if (!isPrice(input) || !isPrice(out)) return this.fail(setting, 'a price is not {"in":usd,"out":usd}', {});
      prices.push([model, { in: input, out }]);
    }
    // Not assigned one by one: a model called `__proto__` would become the table's prototype.
    return Object.fromEntries(prices);
  }

  headers(setting: string): void {
    const text = this.text(setting);
    if (text === null) return;
    const headers = proxyHeaders(text);
    if (!headers.ok) this.fail(setting, headers.reason, null);
  }

  pair(first: string, second: string): void {
    if ((this.text(first) === null) === (this.text(second) === null)) return;
    const [missing, present] = this.text(first) === null ? [first, second] : [second, first];
    this.fail(missing, `must be set with ${present}`, null);
  }

  private text(setting: string): string | null {
    const text = this.env[setting]?.trim();
    return text ? text : null;
  }

  private fail<T>(setting: string, reason: string, fallback: T): T {
    // Two readers of one setting say one thing.
    if (!this.errors.some((error) => error.setting === setting && error.reason === reason))
      this.errors.push({ setting, reason });
    return fallback;
  }
}
