/** How an agent's code comes to its branch and to the trunk. */
import { NO_COMMIT } from "../fakes/git/git-host.ts";
import type { Agent, Brief } from "./agent.ts";
import type { Ci } from "./ci.ts";
import { pushCommit } from "./commits.ts";
import type { Proposing } from "./proposing.ts";
import type { World } from "./world.ts";

export class AgentPushes {
  private readonly world: World;
  private readonly ci: Ci;
  private readonly proposing: Proposing;

  constructor(world: World, ci: Ci, proposing: Proposing) {
    this.world = world;
    this.ci = ci;
    this.proposing = proposing;
  }

  /** In the way of its character. */
  async land(agent: Agent, good: boolean): Promise<void> {
    const { brief, character } = agent;
    if (this.world.weather.pulls !== null) return this.proposing.propose(agent, good);
    const word = character === "keyword" ? "Fixes" : "Refs";
    const message = `Build it\n\n${word} #${brief.issue}\n\nAFK-Phase: green\nAFK-Run: ${brief.run}`;
    await this.push(brief, "main", message, good);
  }

  async tests(brief: Brief): Promise<void> {
    await this.push(brief, brief.branch, "Work\n\nAFK-Phase: tests-red", false);
  }

  private async push(brief: Brief, branch: string, message: string, good: boolean): Promise<void> {
    await pushCommit(this.world, this.ci, { repo: brief.repo, branch, message, good, by: "agent" });
  }

  /** Against what it was told: the branch becomes the trunk, and CI has judged the commit on the branch before. */
  async fastForward(brief: Brief): Promise<void> {
    const { world, ci } = this;
    const { repo, branch, run } = brief;
    const trunk = (await world.git.head(repo, "main")) ?? NO_COMMIT;
    const message = `Build it\n\nAFK-Phase: green\nAFK-Run: ${run}`;
    const parents = trunk === NO_COMMIT ? {} : { parents: [trunk] };
    const sha = world.git.add(repo, branch, { message, files: ["src/code.ts"], ...parents });
    const judged = await world.forge.ci.createWorkflowRun({ repo, sha, branch, by: "agent", jobs: ["test"] });
    await world.forge.ci.updateWorkflowRun(repo, judged.id, { status: "completed", conclusion: "failure" });
    world.git.setBranch(repo, "main", sha);
    await world.forge.pushed(repo, "main", trunk, sha, "agent");
    await ci.pushed({ repo, branch: "main", sha, by: "agent", good: true });
  }
}
