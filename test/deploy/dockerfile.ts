/** The lines of a Dockerfile, by stage, as far as ours goes: what it does not understand is an error, never passed over. */
export interface Stage {
  name: string;
  from: string;
  lines: { word: string; rest: string }[];
}

const WORDS = /^(ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|RUN|STOPSIGNAL|USER|VOLUME|WORKDIR) +(.+)$/;

export function stagesOf(text: string): Stage[] {
  const stages: Stage[] = [];
  const joined = text.replaceAll(/^#.*\n/gm, "").replaceAll(/\\\n/g, " ");
  for (const line of joined.split("\n").filter((one) => one.trim() !== "")) {
    const from = /^FROM (\S+)(?: AS (\S+))?$/.exec(line);
    if (from) {
      stages.push({ name: from[2] ?? "", from: from[1] ?? "", lines: [] });
      continue;
    }
    const [, word, rest] = WORDS.exec(line) ?? [];
    if (!word || rest === undefined) throw new Error(`not understood: ${line}`);
    stages.at(-1)?.lines.push({ word, rest });
  }
  return stages;
}

export function all(stage: Stage, word: string): string[] {
  return stage.lines.filter((line) => line.word === word).map((line) => line.rest);
}

/** The one line of its kind. */
export function one(stage: Stage, word: string): string {
  const [rest, ...more] = all(stage, word);
  if (rest === undefined || more.length > 0) throw new Error(`not exactly one ${word}`);
  return rest;
}

export interface Copy {
  from: string;
  source: string;
  target: string;
  mode: string | null;
  owner: string | null;
}

export function copyOf(rest: string): Copy {
  const parts = rest.split(" ");
  const flag = (name: string) => parts.find((part) => part.startsWith(`--${name}=`))?.slice(name.length + 3) ?? null;
  const [source, target, ...more] = parts.filter((part) => !part.startsWith("--"));
  if (!source || !target || more.length > 0) throw new Error(`not understood: COPY ${rest}`);
  return { from: flag("from") ?? "", source, target, mode: flag("chmod"), owner: flag("chown") };
}
