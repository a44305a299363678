/**
 * People who comment `/afk retry`. What stood there when they said it is kept, for the rules: here a labelling of ours is a
 * wish only as such a comment's. Dealt last and from a stream of their own: where nobody
 * says it, a seed is the history it would be without them.
 */
import type { SeenIssue, SeenLabelling } from "../fakes/forge/stand-in.ts";
import { count } from "./coverage.ts";
import { Random } from "./random.ts";
import { FOR_HUMAN, IN_PROGRESS, READY, START_MS, US, type World } from "./world.ts";

const SEEDS_RETRIED = 0.12;

interface Said {
  by: string;
  /** On the forge's clock, in its whole seconds. */
  at: number;
  text: string;
  /** He may order it at that moment. */
  trusted: boolean;
}

export class Retriers {
  private readonly world: World;
  private readonly random: Random;
  private readonly said = new Map<string, Said[]>();
  private touch: (repo: string, number: number) => void = () => {};

  constructor(world: World) {
    this.world = world;
    this.random = new Random(world.seed, "retrying");
  }

  begin(touch: (repo: string, number: number) => void): void {
    const { world, random } = this;
    this.touch = touch;
    if (world.weather.special !== null || !random.chance(SEEDS_RETRIED)) return;
    for (let n = random.int(4, 8); n > 0; n--)
      world.at(START_MS + random.int(150_000, world.weather.weatherMs), "", () => this.act());
  }

  private act(): void {
    const { world, random } = this;
    const repo = random.pick(world.busyRepos);
    const there = world.forge.issues(repo);
    const waiting = there.filter(({ state, labels }) => state === "open" && isAtRest(labels));
    const from = waiting.length > 0 && random.chance(0.9) ? waiting : there;
    if (from.length === 0) return;
    const issue = random.pick(from);
    this.order(repo, issue);
  }

  private order(repo: string, issue: SeenIssue): void {
    const { world, random } = this;
    this.say(repo, issue.number);
    if (random.chance(0.2)) this.say(repo, issue.number);
    const seconds = random.int(0, 20);
    if (random.chance(0.35)) world.after(seconds * 1000, "", () => this.edit(repo, issue.number));
    else if (random.chance(0.1)) world.after(seconds * 1000, "", () => this.unlabel(repo, issue.number));
  }

  private say(repo: string, number: number): void {
    const { world, random } = this;
    const issue = world.issue(repo, number);
    if (!issue) return;
    const by = random.weighted([
      ["dev", 6],
      ["lead", 2],
      ["stranger", 1],
      ["helper", 1],
    ]);
    const trusted = world.forge.mayPush(repo, by);
    count("fault", trusted ? "people-retry" : "people-retry-as-strangers");
    world.tell(`${by} says /afk retry on ${repo}#${number}`);
    const at = Math.floor(world.forgeNow() / 1000) * 1000;
    const key = `${repo}#${number}`;
    this.said.set(key, [...(this.said.get(key) ?? []), { by, at, text: textOf(issue), trusted }]);
    world.forge.people.comment({ repo, number, by, body: "/afk retry" });
  }

  private edit(repo: string, number: number): void {
    if (!this.world.issue(repo, number)) return;
    count("fault", "people-edit-after-retry");
    this.world.tell(`dev edits ${repo}#${number}`);
    this.touch(repo, number);
    this.world.forge.people.edit({ repo, number, by: "dev", body: `On second thoughts: ${this.random.int(1, 9999)}` });
  }

  private unlabel(repo: string, number: number): void {
    if (!this.world.issue(repo, number)?.labels.includes(READY)) return;
    this.world.tell(`dev unlabels ${repo}#${number}`);
    this.touch(repo, number);
    this.world.forge.people.unlabel({ repo, number, by: "dev", label: READY });
  }

  /** Whether somebody who might order it then had. `where`: `owner/name#number`. */
  isOrdered(where: string, before = Number.POSITIVE_INFINITY): boolean {
    const [repo = ""] = where.split("#");
    const said = this.saidOf(where);
    return said.some(({ by, trusted, at }) => at <= before && (trusted || this.world.forge.mayPush(repo, by)));
  }

  /** Also what was said of it before it was moved here, however often. */
  private saidOf(where: string): Said[] {
    const moved = [...this.world.issueBook.moved]
      .filter(([, to]) => `${to.repo}#${to.number}` === where)
      .map(([from]) => from);
    return [...(this.said.get(where) ?? []), ...moved.flatMap((from) => this.saidOf(from))];
  }

  /** Of a labelling of ours: whether whoever ordered it may, and whether the text is the one that stood then. */
  judge(repo: string, issue: SeenIssue, labelling: SeenLabelling): { trusted: boolean; stands: boolean } {
    const orders = this.ordersOf(repo, issue, labelling).filter(({ by }) => this.world.forge.mayPush(repo, by));
    const trusted = orders.length > 0;
    return { trusted, stands: !trusted || orders.some(({ text }) => text === textOf(issue)) };
  }

  /** Whether the forge's own times speak against the text since it was ordered, though it may be the same again. */
  isUncertain(repo: string, issue: SeenIssue, labelling: SeenLabelling): boolean {
    return this.ordersOf(repo, issue, labelling).some(
      ({ at }) => this.world.forge.textStands(repo, issue.number, labelling.id, at) !== "yes",
    );
  }

  /** An order is good for one run. */
  private ordersOf(repo: string, issue: SeenIssue, labelling: SeenLabelling): Said[] {
    const ran = this.world.runs(repo).map((run) => run.labelEvent.id);
    const ours = issue.labellings.filter((one) => one.added && one.label === READY && one.by === US);
    const spent = ours.filter(({ id }) => id !== labelling.id && ran.includes(id)).map((one) => Date.parse(one.at));
    const said = this.saidOf(`${repo}#${issue.number}`);
    return said.filter(({ at }) => at <= Date.parse(labelling.at) && !spent.some((one) => one >= at));
  }
}

function isAtRest(labels: string[]): boolean {
  return labels.includes(FOR_HUMAN) || (labels.includes(READY) && !labels.includes(IN_PROGRESS));
}

function textOf({ title, body }: SeenIssue): string {
  return JSON.stringify([title, body]);
}
