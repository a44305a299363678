/**
 * What a command must look like, to the key. Unknown keys are ignored, as T3 does; a missing or wrongly typed one makes
 * the whole command invalid, which T3 answers with 400 and no body.
 */
import * as z from "zod";

/** T3 trims its strings and then wants something left. */
const Text = z.string().trim().min(1);
/** T3 takes any string and overwrites it with its own time. */
const When = z.string();

const Model = z.object({
  instanceId: Text.regex(/^[A-Za-z][A-Za-z0-9_-]*$/),
  model: Text,
  options: z.array(z.object({ id: Text, value: z.union([z.string(), z.boolean()]) })).optional(),
});

const RuntimeMode = z.enum(["approval-required", "auto-accept-edits", "auto", "full-access"]);
const InteractionMode = z.enum(["default", "plan"]);
const NullableText = Text.nullable();

const ProjectCreate = z.object({
  type: z.literal("project.create"),
  commandId: Text,
  projectId: Text,
  title: Text,
  workspaceRoot: Text,
  createWorkspaceRootIfMissing: z.boolean().optional(),
  defaultModelSelection: Model.nullable().optional(),
  createdAt: When,
});

const ThreadCreate = z.object({
  type: z.literal("thread.create"),
  commandId: Text,
  threadId: Text,
  projectId: Text,
  title: Text,
  modelSelection: Model,
  runtimeMode: RuntimeMode,
  interactionMode: InteractionMode.default("default"),
  branch: NullableText,
  worktreePath: NullableText,
  createdAt: When,
});

/** `bootstrap` is not read over HTTP: it is ignored like any unknown key. */
const TurnStart = z.object({
  type: z.literal("thread.turn.start"),
  commandId: Text,
  threadId: Text,
  message: z.object({
    messageId: Text,
    role: z.literal("user"),
    text: z.string().max(120_000),
    attachments: z.array(z.never()),
  }),
  modelSelection: Model.optional(),
  runtimeMode: RuntimeMode,
  interactionMode: InteractionMode,
  createdAt: When,
});

const TurnInterrupt = z.object({
  type: z.literal("thread.turn.interrupt"),
  commandId: Text,
  threadId: Text,
  turnId: Text.optional(),
  createdAt: When,
});

const UserInputRespond = z.object({
  type: z.literal("thread.user-input.respond"),
  commandId: Text,
  threadId: Text,
  requestId: Text,
  answers: z.record(z.string(), z.json()),
  createdAt: When,
});

const ApprovalRespond = z.object({
  type: z.literal("thread.approval.respond"),
  commandId: Text,
  threadId: Text,
  requestId: Text,
  decision: z.enum(["accept", "acceptForSession", "decline", "cancel"]),
  createdAt: When,
});

const SessionStop = z.object({
  type: z.literal("thread.session.stop"),
  commandId: Text,
  threadId: Text,
  createdAt: When,
});

const MetaUpdate = z.object({
  type: z.literal("thread.meta.update"),
  commandId: Text,
  threadId: Text,
  title: Text.optional(),
  modelSelection: Model.optional(),
  branch: NullableText.optional(),
  worktreePath: NullableText.optional(),
});

const Archive = z.object({ type: z.literal("thread.archive"), commandId: Text, threadId: Text });
const Unarchive = z.object({ type: z.literal("thread.unarchive"), commandId: Text, threadId: Text });
const Delete = z.object({ type: z.literal("thread.delete"), commandId: Text, threadId: Text });

const Command = z.discriminatedUnion("type", [
  ProjectCreate,
  ThreadCreate,
  TurnStart,
  TurnInterrupt,
  UserInputRespond,
  ApprovalRespond,
  SessionStop,
  MetaUpdate,
  Archive,
  Unarchive,
  Delete,
]);

export type Command = z.infer<typeof Command>;
export type CommandOf<Type extends Command["type"]> = Extract<Command, { type: Type }>;

/** Null: schema-invalid. */
export function parseCommand(body: unknown): Command | null {
  const parsed = Command.safeParse(body);
  return parsed.success ? parsed.data : null;
}

/** What the form of /oauth/token must hold. */
export const TokenExchange = z.object({
  grant_type: z.literal("urn:ietf:params:oauth:grant-type:token-exchange"),
  subject_token: Text,
  subject_token_type: z.literal("urn:t3:params:oauth:token-type:environment-bootstrap"),
  requested_token_type: z.literal("urn:ietf:params:oauth:token-type:access_token"),
  scope: Text.optional(),
});
