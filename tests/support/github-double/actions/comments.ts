/** Comments below a pull request, and its labels. */
import { issueBody, labelBody } from '../bodies/pulls.ts';
import { issueCommentBody } from '../bodies/talk.ts';
import { emit } from '../events.ts';
import { invalid, notFound } from '../refusal.ts';
import type { IssueComment, PullRequest, Repository } from '../state.ts';
import type { World } from '../world.ts';
import { pullPayload } from './observe.ts';

function checkComment(body: string): void {
  const message =
    body.trim() === ''
      ? 'Body cannot be blank'
      : body.length > 65_536
        ? 'Body is too long (maximum is 65536 characters)'
        : undefined;
  if (message !== undefined)
    throw invalid({ resource: 'IssueComment', code: 'custom', field: 'body', message });
}

export function createComment(
  world: World,
  repository: Repository,
  by: string,
  pull: PullRequest,
  body: string,
): IssueComment {
  checkComment(body);
  const now = world.now();
  const comment: IssueComment = { id: world.nextId(), author: by, body, createdAt: now, updatedAt: now };
  pull.comments.push(comment);
  pull.updatedAt = now;
  world.effects.add('commentsCreated', {
    repository: repository.fullName,
    number: pull.number,
    id: comment.id,
    by,
  });
  tellComment(world, repository, by, { pull, comment, action: 'created' });
  return comment;
}

export function findComment(
  repository: Repository,
  id: number,
): { readonly pull: PullRequest; readonly comment: IssueComment } {
  for (const pull of repository.pulls.values()) {
    const comment = pull.comments.find((one) => one.id === id);
    if (comment !== undefined) return { pull, comment };
  }
  throw notFound();
}

export function editComment(
  world: World,
  repository: Repository,
  by: string,
  edit: { readonly id: number; readonly body: string },
): void {
  const { pull, comment } = findComment(repository, edit.id);
  checkComment(edit.body);
  if (comment.body === edit.body) return;
  const from = comment.body;
  comment.body = edit.body;
  comment.updatedAt = world.now();
  world.effects.add('commentsUpdated', {
    repository: repository.fullName,
    number: pull.number,
    id: comment.id,
    by,
  });
  tellComment(world, repository, by, { pull, comment, action: 'edited', changes: { body: { from } } });
}

function tellComment(
  world: World,
  repository: Repository,
  by: string,
  told: {
    readonly pull: PullRequest;
    readonly comment: IssueComment;
    readonly action: string;
    readonly changes?: object;
  },
): void {
  const { pull, comment, action, changes } = told;
  const payload = {
    ...(changes === undefined ? {} : { changes }),
    issue: issueBody(world, repository, pull),
    comment: issueCommentBody(world, repository, pull, comment),
  };
  emit(world, repository, { event: 'issue_comment', action, by, payload });
}

/** Labels that the repository does not have yet are made. */
export function setLabels(
  world: World,
  repository: Repository,
  by: string,
  pull: PullRequest,
  names: readonly string[],
): void {
  const wanted = [...new Set(names)];
  for (const name of wanted) if (!repository.labels.has(name)) repository.labels.set(name, world.nextId());
  const added = wanted.filter((name) => !pull.labels.includes(name));
  const removed = pull.labels.filter((name) => !wanted.includes(name));
  if (added.length + removed.length === 0) return;
  pull.labels.splice(0, pull.labels.length, ...wanted);
  pull.updatedAt = world.now();
  world.effects.add('labelsSet', {
    repository: repository.fullName,
    number: pull.number,
    by,
    what: wanted.join(', '),
  });
  const tell = (action: string, name: string): void => {
    const payload = { ...pullPayload(world, repository, pull), label: labelBody(world, repository, name) };
    emit(world, repository, { event: 'pull_request', action, by, payload });
  };
  for (const name of added) tell('labeled', name);
  for (const name of removed) tell('unlabeled', name);
}
