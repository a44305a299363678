/** What the three reads answer, key for key as the captures. */
import type { Project, T3State, Thread } from "./state.ts";

export function shellView(state: T3State) {
  return {
    snapshotSequence: state.sequence,
    projects: state.projects.filter(({ deletedAt }) => deletedAt === null).map(projectView),
    threads: state.threads.filter(isShown).map(shellThread),
    updatedAt: state.updatedAt,
  };
}

/** Undefined: unknown, archived or deleted. A turn limit keeps only what belongs to the last turns that have begun. */
export function threadView(state: T3State, id: string, turnLimit: number | null) {
  const thread = state.threads.find((each) => each.id === id);
  if (thread === undefined || !isShown(thread)) return undefined;
  const { messages, activities, checkpoints } = turnLimit === null ? thread : windowed(thread, turnLimit);
  return {
    snapshotSequence: state.sequence,
    thread: { ...detailHead(thread), messages, proposedPlans: [], activities, checkpoints, session: thread.session },
  };
}

/** Since 0.0.32 without the histories, and never with the hasPending fields. */
export function snapshotView(state: T3State) {
  const emptied = { messages: [], proposedPlans: [], activities: [], checkpoints: [] };
  return {
    snapshotSequence: state.sequence,
    projects: state.projects.map((project) => ({ ...projectView(project), deletedAt: project.deletedAt })),
    threads: state.threads
      .filter(({ deletedAt }) => deletedAt === null)
      .map((thread) => ({ ...detailHead(thread), ...emptied, session: thread.session })),
    updatedAt: state.updatedAt,
  };
}

function isShown({ archivedAt, deletedAt }: Thread): boolean {
  return archivedAt === null && deletedAt === null;
}

function projectView({ id, title, workspaceRoot, defaultModelSelection, createdAt, updatedAt }: Project) {
  return {
    id,
    title,
    workspaceRoot,
    repositoryIdentity: null,
    defaultModelSelection,
    defaultThreadEnvMode: null,
    faviconPath: null,
    scripts: [],
    createdAt,
    updatedAt,
  };
}

function head(thread: Thread) {
  return {
    id: thread.id,
    projectId: thread.projectId,
    title: thread.title,
    modelSelection: thread.modelSelection,
    runtimeMode: thread.runtimeMode,
    interactionMode: thread.interactionMode,
    branch: thread.branch,
    worktreePath: thread.worktreePath,
    latestTurn: thread.latestTurn,
    createdAt: thread.createdAt,
    updatedAt: thread.updatedAt,
    archivedAt: thread.archivedAt,
    settledOverride: null,
    settledAt: null,
    snoozedUntil: null,
    snoozedAt: null,
    pinnedAt: null,
    pinOrderKey: null,
    titleRegeneration: null,
  };
}

function shellThread(thread: Thread) {
  return {
    ...head(thread),
    session: thread.session,
    latestUserMessageAt: thread.latestUserMessageAt,
    hasPendingApprovals: thread.pending.some(({ kind }) => kind === "approval"),
    hasPendingUserInput: thread.pending.some(({ kind }) => kind === "question"),
    hasActionableProposedPlan: false,
    backgroundLiveness: thread.backgroundLiveness,
    planProgress: null,
  };
}

function detailHead(thread: Thread) {
  return { ...head(thread), deletedAt: thread.deletedAt };
}

function windowed(thread: Thread, turnLimit: number): Pick<Thread, "messages" | "activities" | "checkpoints"> {
  const turns = thread.begun.slice(-turnLimit);
  const turnIds = turns.map(({ turnId }) => turnId);
  const messageIds = turns.flatMap((turn) => turn.messageIds);
  return {
    messages: thread.messages.filter(({ id, turnId }) => messageIds.includes(id) || isIn(turnIds, turnId)),
    activities: thread.activities.filter(({ turnId }) => turnId === null || turnIds.includes(turnId)),
    checkpoints: thread.checkpoints.filter(({ turnId }) => turnIds.includes(turnId)),
  };
}

function isIn(turnIds: string[], turnId: string | null): boolean {
  return turnId !== null && turnIds.includes(turnId);
}
