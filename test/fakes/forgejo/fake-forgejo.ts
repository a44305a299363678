/**
 * A stateful Forgejo 15: serves what its API serves for the operations this project uses, refuses what it refuses, and tells
 * what happens by signed webhooks. Nothing here touches a platform: the clock and git are given, deliveries are handed
 * out.
 *
 * For each request, first match answers:
 *   a fault that matches .......... what the scenario asked for
 *   not below /api/v1 ............. 404
 *   a wrong token ................. 401; none at all reads what is public
 *   a token without the scope ..... 403
 *   body no JSON .................. 422
 *   a renamed repository .......... 307 to its present name
 *   the route ..................... its answer
 *   no such route ................. 404: no GraphQL, no checks, no deployments, no history of deliveries
 * Every exchange is logged; what the stand-in itself got wrong stands in `violations`.
 */
import type { Keeps } from "../exchange.ts";
import { type Exchange, Exchanges, RECORDS_MAX } from "../forge/exchanges.ts";
import { Faults, faulty } from "../forge/faults.ts";
import { router } from "../forge/router.ts";
import type { GitAccess, ServedForge } from "../forge/server.ts";
import type { Delivery as AnyDelivery, ForgeStandIn, SeenIssue, TextStands } from "../forge/stand-in.ts";
import type { GitHost } from "../git/git-host.ts";
import { type Answer, notFound, refused } from "./answer.ts";
import type { Handler } from "./call.ts";
import { ActionsCi, OutsideCi } from "./ci.ts";
import { type Delivery, deliveryOf, type Emission, signedRequest, type Target } from "./deliveries.ts";
import { type Received, receive, respond } from "./http.ts";
import { isAnyScheduled, settlePulls } from "./merge-acts.ts";
import { People } from "./people.ts";
import { Pulls } from "./pulls.ts";
import { applyPush } from "./pushes.ts";
import { ciRoutes } from "./routes-ci.ts";
import { commentRoutes } from "./routes-comments.ts";
import { dependencyRoutes } from "./routes-dependencies.ts";
import { hookRoutes } from "./routes-hooks.ts";
import { issueRoutes } from "./routes-issues.ts";
import { labelRoutes } from "./routes-labels.ts";
import { pullRoutes } from "./routes-pulls.ts";
import { repoRoutes } from "./routes-repo.ts";
import { reviewRoutes } from "./routes-reviews.ts";
import { missingScope } from "./scopes.ts";
import { ciWord, seenIssue, seenIssues, textStands } from "./seen.ts";
import { type Account, emptyState, type Repo, type State } from "./state.ts";
import {
  findAccount,
  findRepo,
  fullName,
  mayPush,
  mayRead,
  needAccount,
  needIssue,
  needRepo,
  type World,
} from "./world.ts";

export type FakeForgejoOptions = {
  /** Milliseconds. */
  now: () => number;
  keeps?: Keeps;
  git: GitHost;
  /** The token a client must show, and the login it belongs to. */
  token: string;
  login?: string;
  /** What the token may do; else what the README asks for. */
  scopes?: string[];
  /** A hook of the instance, told of everything. Repositories may have hooks of their own besides. */
  webhook?: { url: string; secret: string };
  /** Called for each delivery in the order of what happened; without it they are only recorded. */
  deliver?: (delivery: Delivery) => void;
  /** ROOT_URL, of which all links are made; it need not be what clients ask. */
  rootUrl?: string;
  /** REACTIONS of app.ini: what a comment may be answered with. */
  reactions?: string[];
  /** CI that the shared code drives: Actions, or one outside. */
  ci?: "actions" | "outside";
};

const BASE_PATH = "/api/v1";
const SCOPES = ["write:issue", "write:repository", "read:user"];
const OPEN_PATHS = ["/version"];

const route = router<Handler>({
  ...repoRoutes,
  ...issueRoutes,
  ...labelRoutes,
  ...commentRoutes,
  ...dependencyRoutes,
  // Before what takes any two branches for a path.
  ...reviewRoutes,
  ...pullRoutes,
  ...ciRoutes,
  ...hookRoutes,
});

const REACTIONS = ["+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes"];

export class FakeForgejo implements ServedForge {
  readonly forge = "forgejo";
  readonly people: People;
  readonly pulls: Pulls;
  readonly actions: ActionsCi;
  readonly outside: OutsideCi;
  readonly faults = new Faults();
  readonly deliveries: Delivery[] = [];
  onExchange: (exchange: Exchange) => void = () => {};
  onRerun: ForgeStandIn["onRerun"] = () => {};
  onOwnMove: World["onOwnMove"] = () => {};
  /** For the parts of the stand-in itself. */
  readonly world: World;
  private readonly options: FakeForgejoOptions;
  private readonly tokens = new Map<string, { login: string; scopes: string[] }>();
  private readonly exchanges: Exchanges;
  private settling: Promise<void> = Promise.resolve();

  constructor(options: FakeForgejoOptions) {
    this.options = options;
    this.exchanges = new Exchanges(undefined, options.keeps, (exchange) => this.onExchange(exchange));
    this.world = {
      state: emptyState(),
      now: options.now,
      git: options.git,
      rootUrl: options.rootUrl ?? "https://forgejo.example",
      reactions: options.reactions ?? REACTIONS,
      emit: (emission) => this.emit(emission),
      onOwnMove: (move, step) => this.onOwnMove(move, step),
      settle: (repo) => this.settle(repo),
    };
    this.people = new People(this.world);
    this.pulls = new Pulls(this.world);
    this.actions = new ActionsCi(this.world);
    this.outside = new OutsideCi(this.world);
    this.addToken(options.token, options.login ?? "afk-loop", options.scopes);
  }

  static fromJSON(state: State, options: FakeForgejoOptions): FakeForgejo {
    const forgejo = new FakeForgejo(options);
    forgejo.restore(state);
    return forgejo;
  }

  get ci(): ActionsCi | OutsideCi {
    return this.options.ci === "outside" ? this.outside : this.actions;
  }

  get log(): Exchange[] {
    return this.exchanges.log;
  }

  get violations(): string[] {
    return this.exchanges.violations;
  }

  get state(): State {
    return this.world.state;
  }

  toJSON(): State {
    return this.world.state;
  }

  /** Comes back with a saved state; tokens, faults, log and recorded deliveries stay as they are. */
  restore(state: State): void {
    this.world.state = structuredClone(state);
    for (const { login } of this.tokens.values()) this.people.addUser(login);
  }

  restoreText(text: string): void {
    this.restore(JSON.parse(text));
  }

  addToken(token: string, login: string, scopes = SCOPES): void {
    this.people.addUser(login);
    this.tokens.set(token, { login, scopes });
  }

  revokeToken(token: string): void {
    this.tokens.delete(token);
  }

  /** Whose token this is, if anyone's. */
  loginOf(token: string | undefined): string | undefined {
    return token === undefined ? undefined : this.tokens.get(token)?.login;
  }

  async pushed(repo: string, branch: string, before: string, after: string, by: string): Promise<void> {
    const there = needRepo(this.world, repo);
    await applyPush(this.world, there, needAccount(this.world, by), { branch, before, after });
    await this.world.settle(there);
  }

  /** "Re-run all jobs", pressed by hand: the API has no such thing. Whoever plays CI is told. */
  async rerunByHand(repo: string, runId: number): Promise<void> {
    if (this.outside.runOf(runId) === undefined) await this.actions.rerunByHand(repo, runId);
    else await this.outside.rerunByHand(runId);
    this.onRerun(repo, runId, 2);
  }

  /** Signed with the secret of the hook it goes to. */
  async signed(delivery: AnyDelivery): Promise<Request> {
    const known = this.deliveries.find((each) => each.id === delivery.id);
    if (known === undefined) throw new Error(`Forgejo knows no delivery ${delivery.id}`);
    const hook = this.state.repos.flatMap((repo) => repo.hooks).find((each) => each.id === known.hook);
    const { secret = "" } = this.options.webhook ?? {};
    const signing =
      hook === undefined
        ? { secret }
        : { secret: hook.secret, authorization: hook.authorizationHeader, contentType: hook.contentType };
    return signedRequest({ ...known, url: delivery.url }, signing);
  }

  /** "Redeliver", on the website alone: the old payload under a new id. */
  redeliver(id: string): Delivery {
    const old = this.deliveries.find((each) => each.id === id);
    if (old === undefined) throw new Error(`Forgejo knows no delivery ${id}`);
    const repo = needRepo(this.world, old.repo);
    const again = {
      ...deliveryOf(this.world, { type: old.type, repo, payload: {} }, old),
      action: old.action,
      body: old.body,
    };
    this.handOut(again);
    return again;
  }

  access(name: string, login: string | undefined): GitAccess | undefined {
    const repo = findRepo(this.world, name);
    const account = login === undefined ? undefined : findAccount(this.world, login);
    if (repo === undefined) return undefined;
    return {
      ...{ git: repo.git, name: fullName(repo), private: repo.private, mayRead: mayRead(repo, account) },
      mayPush: account !== undefined && mayPush(repo, account),
    };
  }

  gitNames(): Record<string, string> {
    return Object.fromEntries(this.state.repos.map((repo) => [repo.git, fullName(repo)]));
  }

  repos(): string[] {
    return this.state.repos.map(fullName);
  }

  issues(repo: string): SeenIssue[] {
    return seenIssues(this.world, needRepo(this.world, repo));
  }

  issue(repo: string, number: number): SeenIssue | undefined {
    const there = needRepo(this.world, repo);
    const issue = there.issues.find((each) => each.number === number && each.pull === null);
    return issue === undefined ? undefined : seenIssue(this.world, there, issue);
  }

  textStands(repo: string, number: number, labelling: string, sinceMs?: number): TextStands {
    return textStands(needIssue(this.world, repo, number).issue, labelling, sinceMs);
  }

  mayPush(repo: string, login: string): boolean {
    return mayPush(needRepo(this.world, repo), needAccount(this.world, login));
  }

  /** Forgejo moves none. */
  moveIssue(): null {
    return null;
  }

  readonly quota = null;

  runOf(repo: string, runId: number): { sha: string; branch: string } | undefined {
    const run = needRepo(this.world, repo).runs.find((each) => each.id === runId);
    return run === undefined ? this.outside.runOf(runId) : { sha: run.sha, branch: run.ref };
  }

  ciWord(repo: string, sha: string): ReturnType<ForgeStandIn["ciWord"]> {
    return ciWord(needRepo(this.world, repo), sha);
  }

  /** Throws where the stand-in itself failed; a test calls it at its end. */
  assertContract(): void {
    if (this.violations.length > 0) throw new Error(`${this.violations.length} broken:\n${this.violations.join("\n")}`);
  }

  async handle(request: Request): Promise<Response> {
    const received = await receive(request, BASE_PATH);
    const serve = (): Promise<Response> => this.serve(received);
    const fault = this.faults.take(received);
    const { method, path, query, body } = received;
    const recorded = { at: this.world.now(), method, path, query, body, fault: fault !== undefined };
    const answer = fault === undefined ? serve : () => faulty(fault, received, serve, request.signal);
    return this.exchanges.record(recorded, answer);
  }

  private async serve(received: Received): Promise<Response> {
    const answer = await this.answer(received);
    return respond(received, answer, { now: this.world.now(), rootUrl: this.world.rootUrl });
  }

  private async answer(received: Received): Promise<Answer> {
    const { url, method, path, token } = received;
    if (!url.pathname.startsWith(`${BASE_PATH}/`)) return { status: 404, text: "Not found.\n" };
    const held = token === undefined ? undefined : this.tokens.get(token);
    if (token !== undefined && held === undefined) return refused(401, "access token does not exist");
    const missing =
      held === undefined || OPEN_PATHS.includes(path) ? undefined : missingScope(method, path, held.scopes);
    if (missing !== undefined)
      return refused(403, `token does not have at least one of required scope(s): [${missing}]`);
    if (received.refusal !== undefined) return received.refusal;
    const viewer = held === undefined ? undefined : findAccount(this.world, held.login);
    return this.moved(received) ?? this.routed(received, viewer ?? null);
  }

  private async routed({ method, path, query, body, headers }: Received, viewer: Account | null): Promise<Answer> {
    const found = route(method, path);
    if (found === undefined) return notFound;
    try {
      return await found.handler({ world: this.world, viewer, params: found.params, query, body, headers });
    } catch (error) {
      const text = error instanceof Error ? error.stack : error;
      this.violations.push(`the stand-in itself failed at ${method} ${path}: ${text}`);
      return refused(500, "Internal Server Error");
    }
  }

  /** To the host of the root URL, whoever was asked. */
  private moved({ path, url }: Received): Answer | undefined {
    const [, owner, name] = /^\/repos\/([^/]+)\/([^/]+)/.exec(path) ?? [];
    const id = this.state.movedNames[`${owner}/${name}`.toLowerCase()];
    const repo = this.state.repos.find((each) => each.id === id);
    if (id === undefined || repo === undefined) return undefined;
    const rest = path.slice(`/repos/${owner}/${name}`.length);
    const location = `${this.world.rootUrl}${BASE_PATH}/repos/${fullName(repo)}${rest}${url.search}`;
    return { status: 307, location };
  }

  private settle(repo: Repo): Promise<void> {
    if (!isAnyScheduled(repo)) return this.settling;
    this.settling = this.settling
      .then(() => settlePulls(this.world, repo))
      .catch((error: unknown) => {
        this.violations.push(`a scheduled merge failed: ${error}`);
      });
    return this.settling;
  }

  private emit(emission: Emission): void {
    const targets: Target[] = emission.repo.hooks
      .filter((hook) => hook.active && hook.events.includes(emission.type))
      .map((hook) => ({ url: hook.url, hook: hook.id }));
    const { webhook } = this.options;
    if (emission.only !== undefined) {
      const hook = emission.repo.hooks.find((each) => each.id === emission.only);
      if (hook !== undefined) this.handOut(deliveryOf(this.world, emission, { url: hook.url, hook: hook.id }));
      return;
    }
    if (webhook !== undefined) targets.unshift({ url: webhook.url, hook: null });
    for (const target of targets) this.handOut(deliveryOf(this.world, emission, target));
  }

  private handOut(delivery: Delivery): void {
    this.deliveries.push(delivery);
    if (this.deliveries.length > RECORDS_MAX) this.deliveries.shift();
    this.options.deliver?.(delivery);
  }
}
