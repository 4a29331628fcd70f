/**
 * What `status` answers and `phasewright status --json` prints: published as schemas/status.schema.json, explained in
 * docs/status.md. Keys are only ever added.
 */
import { z } from 'zod';
import { conditions, lifecycles, phaseStatuses, taskStatuses } from '../domain/model/status.ts';
import { pendingKinds, pendingStates } from '../domain/views/pending.ts';

const number = z.int().min(1);
const sha = z.string().describe('A full commit SHA.');
const instant = z.number().describe('Milliseconds since 1970-01-01 UTC.');

export const pullRequestSchema = z.object({
  number,
  url: z.string(),
  state: z.enum(['open', 'merged', 'closed']),
});

const checkSchema = z.object({
  command: z.string(),
  passed: z.boolean(),
  exitCode: z.int().nullable(),
  elapsedMs: z.number(),
});

export const gateSchema = z.object({
  id: z.string().describe('Unique within the project, e.g. phase-1.1, project.1, task.1.'),
  question: z.string(),
  headSha: sha.nullable(),
  baseSha: sha.nullable(),
  checks: z.array(checkSchema).describe("The checks' evidence on exactly headSha; empty: no checks."),
  resolved: z
    .array(
      z.object({
        path: z.string().describe('Quoted as git does where it is not UTF-8.'),
        kind: z.string().describe('content, binary, modify/delete, …'),
        ended: z.enum(['ours', 'theirs', 'edited', 'deleted']),
      }),
    )
    .optional()
    .describe('Files of merges that agents finished, and how each conflict ended; absent: none.'),
  sensitive: z
    .object({
      files: z.array(z.string()).describe('At most 50 paths, quoted as git does where one is not UTF-8.'),
      more: z.boolean().describe('There are others besides.'),
    })
    .optional()
    .describe(
      'Files that tell git, CI, agents, editors or package managers what to do, which agents changed; absent: none.',
    ),
  approvers: z.array(z.string()).describe('Empty: anyone who may reach the namespace.'),
  openedAt: instant,
  remindAt: instant,
  expireAt: instant,
});

const decisionSchema = z.object({
  gateId: z.string(),
  action: z.enum(['approve', 'reject']),
  by: z.string(),
  at: instant,
  from: z.string().describe('cli, web-ui, pull-request, chat, api or policy.'),
  comment: z.string(),
  headSha: sha.nullable(),
  commandId: z.string().nullable(),
  carried: z
    .object({ headSha: sha, baseSha: sha })
    .optional()
    .describe('What an approval counts for since base moved, with equal patches; absent: still for headSha.'),
});

const reason = z.string().nullable().describe('Why it failed, e.g. timed_out; null if it did not.');

const taskSchema = z.object({
  number,
  title: z.string(),
  status: z.enum(taskStatuses),
  reason,
  detail: z.string().describe('One sentence: what it does now, or how it ended.'),
  attempts: z.int().min(0),
  commit: sha.nullable().describe('The landed commit; null until then, and for an accepted no-op.'),
});

const phaseSchema = z.object({
  number,
  name: z.string(),
  status: z.enum(phaseStatuses),
  reason,
  detail: z.string(),
  branch: z.string(),
  pullRequest: pullRequestSchema.nullable(),
  headSha: sha.nullable(),
  gate: gateSchema.nullable().describe('The open gate; null: nothing is asked.'),
  tasks: z.array(taskSchema),
});

const advanceSchema = z.object({
  stage: z.enum(['next_phase_started', 'next_phase_held', 'workflow_complete', 'complete_phase']),
  success: z.boolean(),
  message: z.string(),
  phaseCompleted: z.object({
    number,
    name: z.string(),
    status: z.enum(['completed', 'failed', 'cancelled', 'skipped']),
    reason,
    pullRequest: z.int().nullable(),
    tasks: z.array(z.object({ number, title: z.string(), status: z.string() })),
  }),
  nextPhase: z.object({ number, name: z.string() }).nullable(),
});

const pendingSchema = z.object({
  kind: z.enum(pendingKinds).describe("workflow_task: the workflow's own next step, which a worker takes."),
  phase: number.nullable().describe("Null: the project's own, or a standalone task's."),
  task: number.nullable(),
  what: z.string().describe('What is done, in words: running the agent.'),
  activity: z.string().nullable().describe('Its name in Temporal, e.g. runAgent; null: no activity.'),
  state: z.enum(pendingStates),
  doing: z
    .string()
    .nullable()
    .describe('What its worker says it is doing right now, e.g. waiting for a slot; null: nothing.'),
  since: z.iso.datetime().describe('Since when it is in that state.'),
  begunAt: z.iso
    .datetime()
    .nullable()
    .describe('When it was handed out, of what is tried again; null: the first try, or not known.'),
  attempt: number,
  lastFailure: z
    .string()
    .nullable()
    .describe('The first words of what the attempt before failed with; null: nothing failed.'),
  lastFailureCode: z.string().nullable().describe('Its code, e.g. GitUnavailable; null: it has none.'),
  lastFailureText: z.string().nullable().describe('All of it, as the server keeps it.'),
  nextTryAt: z.iso.datetime().nullable().describe('Null: it is not between two attempts.'),
  host: z.string().nullable().describe('The host it has to run on; null: any.'),
  hostAwaySince: z.iso
    .datetime()
    .nullable()
    .describe('No worker of that host, or none at all, has been seen since; null: one polls.'),
});

const common = {
  schema: z.literal(1),
  source: z
    .enum(['live', 'server'])
    .describe(
      'live: a worker answered. server: none did; this is what the server knows, and unknown parts are null or empty.',
    ),
  slug: z.string(),
  workflowId: z.string(),
  repository: z.string().nullable(),
  condition: z.enum(conditions),
  waitingFor: z.string().nullable().describe('What is awaited and from whom; null: nothing.'),
  question: z
    .object({ phase: number.nullable(), task: number, text: z.string() })
    .nullable()
    .describe("An agent's open question."),
  baseBranch: z.string().nullable(),
  pullRequest: pullRequestSchema.nullable(),
  gate: gateSchema.nullable(),
  decisions: z.array(decisionSchema),
  refused: z
    .array(z.object({ message: z.string(), code: z.string(), reason: z.string(), at: instant }))
    .describe('Messages that were turned away, newest last, bounded.'),
  cost: z
    .object({
      usd: z.number(),
      tokens: z.number(),
      unknown: z.boolean().describe('An engine could not say what it cost.'),
    })
    .nullable(),
  warnings: z.array(z.string()).describe('What people should know of its plan, in sentences.'),
  pending: z
    .array(pendingSchema)
    .describe('What is handed out and not back yet, as the server tells it: also without a worker.'),
  failure: z
    .string()
    .nullable()
    .describe(
      'Why it was turned away before it made anything: its code and what is wrong; null: it was not.',
    ),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
};

export const projectStatusSchema = z.object({
  ...common,
  kind: z.literal('project'),
  name: z.string(),
  lifecycle: z.enum(lifecycles).nullable(),
  detail: z.string().describe('What it does now, or how it ended; empty without a worker.'),
  integrationBranch: z.string(),
  phases: z.array(phaseSchema),
  pullRequest: pullRequestSchema
    .nullable()
    .describe("The project's own pull request, integration into base."),
  gate: gateSchema.nullable().describe("The project's own open gate; the phases' are in phases."),
  advances: z.array(advanceSchema),
  mergedSha: sha.nullable(),
  specDigest: z.string().nullable(),
});

export const standaloneStatusSchema = z.object({
  ...common,
  kind: z.literal('task'),
  title: z.string(),
  status: z.enum(taskStatuses).nullable(),
  reason,
  detail: z.string(),
  branch: z.string(),
  attempts: z.int().min(0),
  commit: sha.nullable(),
});

export const statusSchema = z.discriminatedUnion('kind', [projectStatusSchema, standaloneStatusSchema]);

/** What `schemas/status.schema.json` holds. Later versions may add keys. */
export function statusJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(statusSchema, { io: 'input' });
  return {
    $schema,
    title: 'Phasewright status',
    description: "What 'phasewright status --json' prints.",
    ...schema,
  };
}
