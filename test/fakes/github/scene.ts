/** The stage of this folder's tests. Its client is not Octokit. */
import { validateExchange } from "../../contracts/validate-exchange.ts";
import { ForgeScene, REPO } from "../forge/scene.ts";
import { FakeGitHub, type FakeGitHubOptions } from "./fake-github.ts";
import type { Delivery } from "./webhooks.ts";

export { REPO };
export const TOKEN = "ghp_test";

export class Scene extends ForgeScene {
  readonly sent: Delivery[] = [];
  readonly options: FakeGitHubOptions;
  readonly github: FakeGitHub;
  protected readonly forge: FakeGitHub;
  protected readonly api = "https://api.github.test";
  protected readonly headers = { authorization: `Bearer ${TOKEN}`, "user-agent": "test" };

  constructor(more: Partial<FakeGitHubOptions> = {}) {
    super();
    this.options = {
      now: () => this.nowMs,
      git: this.git,
      token: TOKEN,
      webhook: { url: "https://loop.test/webhooks/github", secret: "s3cret" },
      deliver: (delivery) => this.sent.push(delivery),
      validate: validateExchange,
      ...more,
    };
    this.github = new FakeGitHub(this.options);
    this.forge = this.github;
    const { people } = this.github;
    people.addUser("ada");
    people.addUser("stranger");
    people.addRepo({ name: REPO, permissions: { ada: "write", "afk-loop": "write" } });
  }

  /** `event.action` of every delivery since the last look. */
  heard(): string[] {
    return this.sent.splice(0).map(({ event, action }) => (action === null ? event : `${event}.${action}`));
  }
}
