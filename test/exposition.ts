/**
 * A reader of Prometheus' text format 0.0.4 by the grammar of its documentation, sharing nothing with our writer. It throws
 * on what a Prometheus would refuse or misread.
 */
export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface ReadFamily {
  help: string;
  type: string;
  samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*/;
const VALUE = /^(?:[+-]?Inf|NaN|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/;

export function readExposition(text: string): Map<string, ReadFamily> {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<string, ReadFamily>();
  let current: [string, ReadFamily] | null = null;
  for (const line of text.split("\n").slice(0, -1)) {
    if (line === "") continue;
    if (line.startsWith("# HELP ")) {
      const [name, help] = headLine(line, "# HELP ");
      if (families.has(name)) throw new Error(`${name} stands twice`);
      current = [name, { help: unescaped(help, { "\\": "\\", n: "\n" }), type: "untyped", samples: [] }];
      families.set(...current);
    } else if (line.startsWith("# TYPE ")) {
      const [name, type] = headLine(line, "# TYPE ");
      if (current?.[0] !== name) throw new Error(`a TYPE of ${name} without its HELP before it`);
      if (current[1].samples.length > 0 || current[1].type !== "untyped")
        throw new Error(`the TYPE of ${name} is late`);
      if (!["counter", "gauge", "histogram", "summary", "untyped"].includes(type)) throw new Error(`no type: ${type}`);
      current[1].type = type;
    } else if (!line.startsWith("#")) {
      const sample = sampleLine(line);
      if (!current || !belongs(sample.name, current)) throw new Error(`${sample.name} is outside its family`);
      const key = identity(sample);
      if (current[1].samples.some((one) => identity(one) === key)) throw new Error(`${key} stands twice`);
      current[1].samples.push(sample);
    }
  }
  for (const [name, family] of families) if (family.type === "histogram") assertHistogram(name, family);
  return families;
}

function headLine(line: string, start: string): [string, string] {
  const rest = line.slice(start.length);
  const name = NAME.exec(rest)?.[0];
  if (name === undefined || rest[name.length] !== " ") throw new Error(`not understood: ${line}`);
  return [name, rest.slice(name.length + 1)];
}

function sampleLine(line: string): Sample {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) throw new Error(`no metric's name: ${line}`);
  const labels: Record<string, string> = {};
  let rest = line.slice(name.length);
  if (rest.startsWith("{")) {
    rest = rest.slice(1);
    while (!rest.startsWith("}")) {
      const label = LABEL.exec(rest)?.[0];
      const quoted = label === undefined ? null : /^="((?:[^"\\\n]|\\[\\"n])*)"(,?)/.exec(rest.slice(label.length));
      if (label === undefined || !quoted) throw new Error(`no label: ${line}`);
      if (label in labels) throw new Error(`the label ${label} stands twice: ${line}`);
      labels[label] = unescaped(quoted[1] ?? "", { "\\": "\\", n: "\n", '"': '"' });
      rest = rest.slice(label.length + quoted[0].length);
      if (quoted[2] === "" && !rest.startsWith("}")) throw new Error(`a comma is missing: ${line}`);
    }
    rest = rest.slice(1);
  }
  const value = rest.trim();
  if (!/^[ \t]/.test(rest) || !VALUE.test(value)) throw new Error(`no value: ${line}`);
  return { name, labels, value: Number(value.replace("Inf", "Infinity")) };
}

function unescaped(text: string, marks: Record<string, string>): string {
  return text.replace(/\\(.?)/g, (_, mark: string) => {
    const character = marks[mark];
    if (character === undefined) throw new Error(`no escape: \\${mark}`);
    return character;
  });
}

function belongs(sample: string, [family, { type }]: [string, ReadFamily]): boolean {
  if (type !== "histogram") return sample === family;
  return ["_bucket", "_sum", "_count"].some((end) => sample === `${family}${end}`);
}

function identity({ name, labels }: Sample): string {
  return `${name} ${JSON.stringify(Object.entries(labels).sort())}`;
}

/** Of each set of labels: buckets in rising order, cumulative, the last of them +Inf and equal to the count; a sum. */
function assertHistogram(name: string, { samples }: ReadFamily): void {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) {
    const { le: _le, ...labels } = sample.labels;
    const key = JSON.stringify(Object.entries(labels).sort());
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  for (const [key, group] of groups) {
    const buckets = group.filter((one) => one.name === `${name}_bucket`);
    const bounds = buckets.map((one) => Number((one.labels.le ?? "none").replace("Inf", "Infinity")));
    const counts = buckets.map((one) => one.value);
    const rising = (values: number[], of: (one: number, next: number) => boolean) =>
      values.every((one, index) => index === 0 || of(values[index - 1] ?? Number.NaN, one));
    if (!rising(bounds, (one, next) => one < next)) throw new Error(`${name}${key}: its bounds do not rise`);
    if (!rising(counts, (one, next) => one <= next)) throw new Error(`${name}${key}: its buckets are not cumulative`);
    const count = group.find((one) => one.name === `${name}_count`)?.value;
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY || counts.at(-1) !== count)
      throw new Error(`${name}${key}: +Inf is not its count`);
    if (!group.some((one) => one.name === `${name}_sum`)) throw new Error(`${name}${key}: no sum`);
  }
}
