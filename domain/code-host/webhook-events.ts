/**
 * What a webhook of GitHub, Gitea or Forgejo concerns. Pure, and for any JSON: nothing it says is believed, it only names where to
 * look. Event names, actions and fields: https://docs.github.com/en/webhooks/webhook-events-and-payloads, and Gitea's
 * modules/webhook/type.go and modules/structs/hook.go.
 */
import { parseWorkflowId } from '../names/workflow-ids.ts';
import { hiddenMarker } from '../names/markers.ts';

/** Whose words a delivery speaks; Forgejo speaks Gitea's. */
export type WebhookSender = 'github' | 'gitea';

export interface WebhookHint {
  /** `owner/name`, as the code host spells it. */
  readonly repository: string;
  /** Of the pull request; null: not known, or several. */
  readonly number: number | null;
  /** The workflow that the pull request's text names; null: none. Anybody can write such a text. */
  readonly workflowId: string | null;
}

export type WebhookConcern =
  | { readonly kind: 'ping' }
  /** No event that matters ever: it need not be sent. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'hint'; readonly hint: WebhookHint };

/** Events that can matter, with the actions that can; null: all of them, or the event has none. */
type Relevant = ReadonlyMap<string, readonly string[] | null>;

const ofComments = ['created', 'edited', 'deleted'];
const ofPullRequests = ['opened', 'closed', 'reopened', 'edited'];

/** Only whoever may administrate is sent them: welcome, and not asked for. */
const ofRules = ['branch_protection_rule', 'repository_ruleset'];

const relevant: Readonly<Record<WebhookSender, Relevant>> = {
  github: new Map<string, readonly string[] | null>([
    ['pull_request', [...ofPullRequests, 'synchronize', 'ready_for_review', 'converted_to_draft']],
    ['pull_request_review', null],
    ['pull_request_review_comment', ofComments],
    ['pull_request_review_thread', ['resolved', 'unresolved']],
    ['issue_comment', ofComments],
    ['check_suite', ['completed']],
    ['check_run', ['completed']],
    ['status', null],
    ['push', null],
    ...ofRules.map((event) => [event, null] as const),
  ]),
  // A draft is one by its title, so it is edited.
  gitea: new Map<string, readonly string[] | null>([
    ['pull_request', [...ofPullRequests, 'synchronized']],
    ['pull_request_approved', null],
    ['pull_request_rejected', null],
    ['pull_request_comment', null],
    ['issue_comment', ofComments],
    ['status', null],
    ['push', null],
  ]),
};

/** What is worth sending. */
export const webhookEvents = {
  github: [...relevant.github.keys()].filter((event) => !ofRules.includes(event)),
  gitea: [...relevant.gitea.keys()],
} as const satisfies Readonly<Record<WebhookSender, readonly string[]>>;

export function concernOf(
  { sender, event }: { readonly sender: WebhookSender; readonly event: string },
  payload: unknown,
): WebhookConcern {
  if (event === 'ping') return { kind: 'ping' };
  const actions = relevant[sender].get(event);
  if (actions === undefined) return { kind: 'unknown' };
  if (actions !== null && !actions.some((action) => action === field(payload, 'action'))) return ignored;
  const repository = field(payload, 'repository', 'full_name');
  if (typeof repository !== 'string' || !isRepository(repository)) return ignored;
  const subject = subjectOf(event, payload);
  return subject === undefined ? ignored : { kind: 'hint', hint: { repository, ...subject } };
}

const ignored: WebhookConcern = { kind: 'ignored' };

/** Names of code hosts need nothing else, and it may stand between quotes in a query. */
const isRepository = (name: string): boolean =>
  name.length <= 200 && /^[A-Za-z0-9][\w.-]*\/[\w.][\w.-]*$/.test(name);

type Subject = Pick<WebhookHint, 'number' | 'workflowId'>;

function subjectOf(event: string, payload: unknown): Subject | undefined {
  switch (event) {
    case 'pull_request':
    case 'pull_request_review_thread':
    case 'pull_request_approved':
    case 'pull_request_rejected':
    case 'pull_request_comment':
      return pullRequestIn(field(payload, 'pull_request'));
    case 'pull_request_review':
      return isProgram(payload, 'review') ? undefined : pullRequestIn(field(payload, 'pull_request'));
    case 'pull_request_review_comment':
      return isProgram(payload, 'comment') ? undefined : pullRequestIn(field(payload, 'pull_request'));
    case 'issue_comment': {
      const issue = field(payload, 'issue');
      const elsewhere = !isObject(field(issue, 'pull_request'));
      return elsewhere || isProgram(payload, 'comment') ? undefined : pullRequestIn(issue);
    }
    case 'check_suite':
    case 'check_run':
      return { number: onlyNumber(field(payload, event, 'pull_requests')), workflowId: null };
    case 'push': {
      const ref = field(payload, 'ref');
      const branch = typeof ref === 'string' && ref.startsWith('refs/heads/');
      return branch ? { number: null, workflowId: null } : undefined;
    }
    default:
      return { number: null, workflowId: null };
  }
}

function pullRequestIn(value: unknown): Subject | undefined {
  const number = field(value, 'number');
  const body = field(value, 'body');
  if (!isNumber(number)) return undefined;
  return { number, workflowId: typeof body === 'string' ? markedWorkflowId(body) : null };
}

/** A program's word decides nothing, and our own comments come back. Without an author, the sender counts. Gitea doesn't tell. */
function isProgram(payload: unknown, what: 'review' | 'comment'): boolean {
  const author = field(payload, what, 'user', 'type') ?? field(payload, 'sender', 'type');
  return author === 'Bot';
}

function onlyNumber(pullRequests: unknown): number | null {
  if (!Array.isArray(pullRequests) || pullRequests.length !== 1) return null;
  const number = field(pullRequests[0], 'number');
  return isNumber(number) ? number : null;
}

const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0;

/**
 * The inverse of `hiddenMarker`, for ids that can have a pull request: a project, a phase, a standalone task. Of several
 * markers the last counts, because ours ends the text.
 */
export function markedWorkflowId(body: string): string | null {
  const ids = [...body.matchAll(/<!-- phasewright:([A-Za-z0-9._:%-]{1,600}) -->/g)]
    .map(([marker, text = '']) => ({ marker, id: text.replaceAll('%2d', '-') }))
    .filter(({ marker, id }) => hiddenMarker(id) === marker && hasPullRequest(id));
  return ids.at(-1)?.id ?? null;
}

function hasPullRequest(id: string): boolean {
  const name = parseWorkflowId(id);
  return name !== undefined && name.kind !== 'task';
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Undefined as soon as there is nothing. */
function field(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inside, name) => (isObject(inside) && Object.hasOwn(inside, name) ? inside[name] : undefined),
    value,
  );
}
