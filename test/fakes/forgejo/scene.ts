/** The stage of this folder's tests. The host that its client asks is not the one Forgejo believes it has. */
import { ForgeScene, REPO } from "../forge/scene.ts";
import type { Delivery } from "./deliveries.ts";
import { FakeForgejo, type FakeForgejoOptions } from "./fake-forgejo.ts";

export type { Told } from "../forge/scene.ts";
export { REPO };
export const TOKEN = "0123456789abcdef0123456789abcdef01234567";
export const API = "https://forgejo.internal.test/api/v1";
export const ROOT_URL = "https://forgejo.example";
export const SECRET = "s3cret";

export class Scene extends ForgeScene {
  readonly sent: Delivery[] = [];
  readonly options: FakeForgejoOptions;
  readonly forgejo: FakeForgejo;
  protected readonly forge: FakeForgejo;
  protected readonly api = API;
  protected readonly headers = { authorization: `token ${TOKEN}` };

  constructor(more: Partial<FakeForgejoOptions> = {}) {
    super();
    this.options = {
      now: () => this.nowMs,
      git: this.git,
      token: TOKEN,
      rootUrl: ROOT_URL,
      webhook: { url: "https://loop.test/webhooks/forgejo", secret: SECRET },
      deliver: (delivery) => this.sent.push(delivery),
      ...more,
    };
    this.forgejo = new FakeForgejo(this.options);
    this.forge = this.forgejo;
    const { people } = this.forgejo;
    people.addUser("ada");
    people.addUser("stranger");
    people.addRepo({ name: REPO, permissions: { ada: "write", "afk-loop": "admin" } });
  }

  /** A label that is defined, by its id. */
  defined(name: string): number {
    return this.forgejo.people.defineLabel(REPO, { name }).id;
  }

  /** Merges a branch into main, which keeps the branch's commits, and pushes that as ada. */
  async merge(message: string, branch: string): Promise<string> {
    const [before = "", head = ""] = [await this.git.head(REPO, "main"), await this.git.head(REPO, branch)];
    const sha = this.git.add(REPO, "main", { message, parents: [before, head] });
    await this.forgejo.pushed(REPO, "main", before, sha, "ada");
    return sha;
  }

  /** `type action` of every delivery since the last look. */
  heard(): string[] {
    return this.sent.splice(0).map(({ type, action }) => (action === null ? type : `${type} ${action}`));
  }

  /** What a delivery told. */
  payload(delivery: Delivery | undefined): Record<string, unknown> {
    if (delivery === undefined) throw new Error("nothing was sent");
    return JSON.parse(delivery.body);
  }
}
