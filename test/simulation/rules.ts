/**
 * What must always be true (docs/reliability.md), asked of the world's records after every step. The ledgers' own records
 * are read only where the rule is about them: in flight, decided, settled.
 */
import { AlarmVigil } from "./alarm-vigil.ts";
import { SECRETS } from "./armed-settings.ts";
import { Bells } from "./bells.ts";
import { Deadlines } from "./deadlines.ts";
import { FalseAlarms } from "./false-alarms.ts";
import { FaultVigil } from "./fault-vigil.ts";
import { GateVigil } from "./gate-vigil.ts";
import { Inert } from "./inert.ts";
import { LineVigil } from "./line-vigil.ts";
import { LogVigil } from "./log-vigil.ts";
import { MadeGood } from "./made-good.ts";
import { Promptness } from "./promptness.ts";
import { PullVigil } from "./pull-vigil.ts";
import { Reruns } from "./reruns.ts";
import { RoomVigil } from "./room-vigil.ts";
import { RunVigil } from "./run-vigil.ts";
import { Silence } from "./silence.ts";
import { SpendVigil } from "./spend-vigil.ts";
import { ThreadLimits } from "./thread-limits.ts";
import type { Leaving, Served } from "./traffic.ts";
import { Truths } from "./truths.ts";
import { TurnVigil } from "./turn-vigil.ts";
import { Vigil } from "./vigil.ts";
import type { World } from "./world.ts";

export interface Violation {
  rule: number;
  step: number;
  text: string;
}

export class Rules {
  readonly violations: Violation[] = [];
  step = 0;
  private readonly world: World;
  private readonly told = new Set<string>();
  readonly gates: GateVigil;
  readonly deadlines: Deadlines;
  readonly reruns: Reruns;
  private readonly turns: TurnVigil;
  private readonly runs: RunVigil;
  private readonly alarms: AlarmVigil;
  private readonly line: LineVigil;
  private readonly log: LogVigil;
  readonly truths: Truths;
  private readonly vigil: Vigil;
  private readonly spending: SpendVigil;
  readonly pulls: PullVigil;
  readonly faults: FaultVigil;
  readonly silence: Silence;
  private readonly falseAlarms: FalseAlarms;
  readonly bells: Bells;
  private readonly inert: Inert;
  private readonly threads: ThreadLimits;
  private readonly promptness: Promptness;
  private readonly room: RoomVigil;
  readonly madeGood: MadeGood;

  constructor(world: World) {
    this.world = world;
    this.gates = new GateVigil(world, this);
    this.reruns = new Reruns(world, this);
    this.deadlines = new Deadlines(world, this.reruns);
    this.turns = new TurnVigil(world, this);
    this.runs = new RunVigil(world, this);
    this.alarms = new AlarmVigil(world, this);
    this.line = new LineVigil(world, this);
    this.log = new LogVigil(world, this);
    this.truths = new Truths(world, this);
    this.vigil = new Vigil(world, this);
    this.spending = new SpendVigil(world, this);
    this.pulls = new PullVigil(world, this);
    this.faults = new FaultVigil(world, this);
    this.silence = new Silence(world, this);
    this.falseAlarms = new FalseAlarms(world, this);
    this.bells = new Bells(world, this);
    this.inert = new Inert(world, this);
    this.threads = new ThreadLimits(world, this);
    this.promptness = new Promptness(world, this);
    this.room = new RoomVigil(world, this);
    this.madeGood = new MadeGood(world, this);
    this.listen();
  }

  private listen(): void {
    const { world } = this;
    world.traffic.onLeaving = (leaving) => this.leaving(leaving);
    world.traffic.onServed = (served) => this.served(served);
    world.traffic.onTooSoon = ({ method, path, by }) =>
      this.broken(10, `${by} asks ${method} ${path} of a forge that wants to be left alone`);
    world.traffic.onMishap = (one) => {
      this.silence.mishap(one);
      this.falseAlarms.mishap(one);
      this.bells.mishap(one);
    };
    world.deliveries.onForged = (name) => this.broken(9, `a forged delivery ${name} was let in`);
    world.deliveries.onLost = (name) => this.broken(7, `delivery ${name} was answered 202 and woke nobody`);
    world.onStep = () => this.afterStep();
    world.onAsked = (name) => this.inert.asked(name);
    world.onReconcile = (ledger) => {
      this.promptness.reconcile(ledger);
      this.room.reconcile(ledger);
    };
  }

  broken(rule: number, text: string): void {
    if (this.told.has(`${rule} ${text}`)) return;
    this.told.add(`${rule} ${text}`);
    this.violations.push({ rule, step: this.step, text });
    this.world.tell(`!!    VIOLATION of rule ${rule}: ${text}`);
  }

  private leaving(one: Leaving): void {
    const { method, path, by, body } = one;
    for (const secret of body === "" ? [] : SECRETS)
      if (body.includes(secret)) this.broken(9, `a secret leaves in ${method} ${path}`);
    this.inert.leaving(one);
    if (by === null || !by.includes(":")) return;
    this.vigil.leaving(one);
    this.room.leaving(one, by);
    this.faults.leaving({ by, path, body });
    if (this.world.weather.pulls !== null) this.pulls.leaving(one);
    this.inert.ledgerAsks(by, one);
  }

  private served(served: Served): void {
    const { system, method, path } = served;
    this.bells.served(served);
    this.falseAlarms.served(served);
    if (system === "forge" && method === "GET") this.gates.read(served);
    this.reruns.served(path);
    if (system === "executor" && method !== "GET") this.turns.served();
  }

  afterStep(): void {
    this.step++;
    this.gates.afterStep();
    this.deadlines.afterStep();
    this.truths.afterStep();
    this.silence.afterStep();
    this.inert.afterStep();
    this.vigil.afterStep();
    this.spending.afterStep();
    if (this.world.weather.pulls !== null) this.pulls.afterStep();
    this.alarms.afterStep();
    this.runs.afterStep();
    this.threads.afterStep();
    this.promptness.afterStep();
    this.madeGood.afterStep();
    this.line.afterStep();
    this.log.afterStep();
  }
}
