/**
 * Deployments and their statuses, each told by webhook, save that one is inactive. One that goes well makes those before
 * it in the same environment inactive, unless it is the production environment, which keeps them all.
 */
import type { Account, Deployment, DeploymentState, Repo } from "./state.ts";
import { deploymentStatusView, deploymentView, isProduction } from "./views-ci.ts";
import { accountById, newId, timestamp, type World } from "./world.ts";

export type DeploymentToStart = { sha: string; ref: string; environment: string; by: Account };
export type Told = { state: DeploymentState; environmentUrl?: string; logUrl?: string; description?: string };

const OF_NO_WORKFLOW = { workflow: null, workflow_run: null };

export function startDeployment(
  world: World,
  repo: Repo,
  { sha, ref, environment, by }: DeploymentToStart,
): Deployment {
  const deployment = { id: newId(world), sha, ref, environment, by: by.id, createdAt: timestamp(world), statuses: [] };
  repo.deployments.push(deployment);
  world.emit("deployment", repo, by, {
    action: "created",
    deployment: deploymentView(world, repo, deployment),
    ...OF_NO_WORKFLOW,
  });
  return deployment;
}

export function moveDeployment(world: World, repo: Repo, deployment: Deployment, told: Told): void {
  const status = addStatus(world, deployment, told);
  if (told.state === "success" && !isProduction(deployment)) supersede(world, repo, deployment);
  if (told.state === "inactive") return;
  world.emit("deployment_status", repo, accountById(world, deployment.by), {
    action: "created",
    deployment_status: deploymentStatusView(world, repo, deployment, status),
    deployment: deploymentView(world, repo, deployment),
    check_run: null,
    ...OF_NO_WORKFLOW,
  });
}

/** Only what was live can be live no more. */
function supersede(world: World, repo: Repo, { id, environment }: Deployment): void {
  for (const other of repo.deployments)
    if (other.id < id && other.environment === environment && other.statuses.at(-1)?.state === "success")
      addStatus(world, other, { state: "inactive" });
}

function addStatus(world: World, deployment: Deployment, told: Told): Deployment["statuses"][number] {
  const { state, environmentUrl = "", logUrl = "", description = "" } = told;
  const said = { state, by: deployment.by, description, environmentUrl, logUrl };
  const status = { id: newId(world), ...said, createdAt: timestamp(world) };
  deployment.statuses.push(status);
  return status;
}
