/**
 * Prometheus' text format, version 0.0.4: families of samples as lines. Pure, and small enough not to need a library: two
 * escape rules, and a histogram's buckets, which are cumulative and end with all of them.
 */
import type { Histogram } from "./tally.ts";

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export type Labels = Record<string, string>;

export type Family = { name: string; help: string } & (
  | { type: "counter" | "gauge"; samples: { labels: Labels; value: number }[] }
  | { type: "histogram"; bounds: number[]; samples: { labels: Labels; value: Histogram }[] }
);

export function exposition(families: Family[]): string {
  return families.map((family) => `${[...headOf(family), ...linesOf(family)].join("\n")}\n`).join("");
}

function headOf({ name, help, type }: Family): string[] {
  const text = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return [`# HELP ${name} ${text}`, `# TYPE ${name} ${type}`];
}

function linesOf(family: Family): string[] {
  if (family.type !== "histogram")
    return family.samples.map(({ labels, value }) => line(family.name, labels, number(value)));
  return family.samples.flatMap(({ labels, value }) => {
    const bounds = [...family.bounds, Number.POSITIVE_INFINITY];
    let below = 0;
    const buckets = bounds.map((bound, index) => {
      below += value.buckets[index] ?? 0;
      return line(`${family.name}_bucket`, { ...labels, le: number(bound) }, String(below));
    });
    const all = [
      line(`${family.name}_sum`, labels, number(value.sum)),
      line(`${family.name}_count`, labels, `${below}`),
    ];
    return [...buckets, ...all];
  });
}

function line(name: string, labels: Labels, value: string): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function number(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(value);
}
