/** Reviews, comments and labels. */
import { pullOf } from '../actions/pulls.ts';
import { createComment, editComment, findComment, setLabels } from '../actions/comments.ts';
import { dismissReview, replyToReviewComment, submitReview, type NewReview } from '../actions/reviews.ts';
import { labelBody } from '../bodies/pulls.ts';
import { issueCommentBody, reviewBody, reviewCommentBody } from '../bodies/talk.ts';
import { forbidden, Refusal } from '../refusal.ts';
import { numberOf, ok, paged, textOf, type Answer, type RepositoryCall, type Routes } from '../route.ts';
import { permissionOf, reaches } from '../world.ts';

const pullCall = (call: RepositoryCall) =>
  pullOf(call.repository, numberOf(call, 'pull_number' in call.params ? 'pull_number' : 'issue_number'));

function reviewFrom(call: RepositoryCall): NewReview {
  const event = textOf(call, 'event');
  if (event === undefined) throw new Refusal(501, 'The double has no pending reviews.');
  const commit = textOf(call, 'commit_id');
  return {
    event: event as NewReview['event'],
    body: textOf(call, 'body') ?? '',
    ...(commit === undefined ? {} : { commit }),
    comments: (call.body['comments'] ?? []) as NonNullable<NewReview['comments']>,
  };
}

/** GitHub takes names, and objects with names. */
function labelNames({ body }: RepositoryCall): readonly string[] {
  const labels = (Array.isArray(body) ? body : body['labels']) as
    | readonly (string | { readonly name: string })[]
    | undefined;
  return (labels ?? []).map((label) => (typeof label === 'string' ? label : label.name));
}

function labelling(call: RepositoryCall, keep: boolean): Answer {
  const { world, repository, login } = call;
  const pull = pullCall(call);
  setLabels(world, repository, login, pull, [...(keep ? pull.labels : []), ...labelNames(call)]);
  return ok(pull.labels.map((name) => labelBody(world, repository, name)));
}

export const talkRoutes = {
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews': {
    on: 'repository',
    permission: 'read',
    grant: ['pull_requests', 'read'],
    handle(call) {
      const pull = pullCall(call);
      return paged(call, pull.reviews, (page) =>
        page.map((review) => reviewBody(call.world, call.repository, pull, review)),
      );
    },
  },
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews': {
    on: 'repository',
    permission: 'read',
    grant: ['pull_requests', 'write'],
    handle(call) {
      const pull = pullCall(call);
      const review = submitReview(call.world, call.repository, call.login, pull, reviewFrom(call));
      return ok(reviewBody(call.world, call.repository, pull, review));
    },
  },
  'PUT /repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}/dismissals': {
    on: 'repository',
    permission: 'write',
    grant: ['pull_requests', 'write'],
    handle(call) {
      const pull = pullCall(call);
      const review = dismissReview(
        call.world,
        call.repository,
        call.login,
        pull,
        numberOf(call, 'review_id'),
      );
      return ok(reviewBody(call.world, call.repository, pull, review));
    },
  },
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/comments': {
    on: 'repository',
    permission: 'read',
    grant: ['pull_requests', 'read'],
    handle(call) {
      const pull = pullCall(call);
      return paged(call, pull.reviewComments, (page) =>
        page.map((comment) => reviewCommentBody(call.world, call.repository, pull, comment)),
      );
    },
  },
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies': {
    on: 'repository',
    permission: 'read',
    grant: ['pull_requests', 'write'],
    handle(call) {
      const pull = pullCall(call);
      const reply = { to: numberOf(call, 'comment_id'), body: textOf(call, 'body') ?? '' };
      const made = replyToReviewComment(call.world, call.repository, call.login, pull, reply);
      return ok(reviewCommentBody(call.world, call.repository, pull, made), 201);
    },
  },
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': {
    on: 'repository',
    permission: 'read',
    grant: ['pull_requests', 'read'],
    handle(call) {
      const pull = pullCall(call);
      const since = new Date(call.query.get('since') ?? 0);
      const comments = pull.comments.filter(({ updatedAt }) => updatedAt >= since);
      return paged(call, comments, (page) =>
        page.map((comment) => issueCommentBody(call.world, call.repository, pull, comment)),
      );
    },
  },
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': {
    on: 'repository',
    permission: 'read',
    grant: ['pull_requests', 'write'],
    handle(call) {
      const pull = pullCall(call);
      const made = createComment(call.world, call.repository, call.login, pull, textOf(call, 'body') ?? '');
      return ok(issueCommentBody(call.world, call.repository, pull, made), 201);
    },
  },
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}': {
    on: 'repository',
    permission: 'read',
    grant: ['pull_requests', 'write'],
    handle(call) {
      const { world, repository, login, credential } = call;
      const id = numberOf(call, 'comment_id');
      const { pull, comment } = findComment(repository, id);
      const may =
        credential.kind === 'installation' || reaches(permissionOf(world, repository, login), 'write');
      if (comment.author !== login && !may) throw forbidden('Must have push access to the repository.');
      editComment(world, repository, login, { id, body: textOf(call, 'body') ?? '' });
      return ok(issueCommentBody(world, repository, pull, comment));
    },
  },
  'GET /repos/{owner}/{repo}/issues/{issue_number}/labels': {
    on: 'repository',
    permission: 'read',
    grant: ['pull_requests', 'read'],
    handle: (call) =>
      paged(call, pullCall(call).labels, (page) =>
        page.map((name) => labelBody(call.world, call.repository, name)),
      ),
  },
  'POST /repos/{owner}/{repo}/issues/{issue_number}/labels': {
    on: 'repository',
    permission: 'triage',
    grant: ['pull_requests', 'write'],
    handle: (call) => labelling(call, true),
  },
  'PUT /repos/{owner}/{repo}/issues/{issue_number}/labels': {
    on: 'repository',
    permission: 'triage',
    grant: ['pull_requests', 'write'],
    handle: (call) => labelling(call, false),
  },
} satisfies Routes;
