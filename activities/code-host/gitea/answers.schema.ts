/**
 * What we read of Gitea's answers (its `modules/structs`), and of Forgejo's, which has kept them. Whatever else is in them is left out;
 * what is missing or of another kind means that this is no answer of Gitea's.
 */
import { z } from 'zod';

/** Throws a `TypeError` that names what is wrong first. */
export type Read<T> = (value: unknown) => T;

export const reader =
  <T>(schema: z.ZodType<T>): Read<T> =>
  (value) => {
    const read = schema.safeParse(value);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? 'the answer' : `'${issue.path.join('.')}'`;
    throw new TypeError(`${where}: ${issue?.message ?? 'no object'}`);
  };

/** Go writes an empty list as null, and leaves out what is empty. */
export const list = <T>(item: z.ZodType<T>) =>
  z
    .array(item)
    .nullish()
    .transform((items): readonly T[] => items ?? []);
export const text = z
  .string()
  .nullish()
  .transform((given) => given ?? '');
export const flag = z
  .boolean()
  .nullish()
  .transform((given) => given ?? false);
export const count = z
  .number()
  .nullish()
  .transform((given) => given ?? 0);
const user = z.object({ login: z.string() }).nullish();

/** Whose account is gone is shown by Gitea under this name. */
const author = user.transform((given) => given?.login ?? 'Ghost');

const branchOfPull = z.object({
  /** The branch's name; empty for one that came without a branch (AGit). */
  label: text,
  /** The same while the branch is there, then `refs/pull/N/head`. */
  ref: text,
  sha: text,
  repo_id: count,
  repo: z.object({ full_name: z.string() }).nullish(),
});

const pull = z.object({
  number: z.number(),
  html_url: z.string(),
  state: z.string(),
  draft: flag,
  title: z.string(),
  body: text,
  labels: list(z.object({ id: z.number(), name: z.string() })),
  user: author,
  head: branchOfPull,
  base: branchOfPull,
  merge_base: text,
  mergeable: flag,
  merged: z.boolean(),
  merge_commit_sha: z.string().nullish(),
  merged_by: user,
});
export type GiteaPull = z.output<typeof pull>;

const branch = z.object({
  commit: z.object({ id: z.string() }),
  protected: flag,
  required_approvals: count,
  enable_status_check: flag,
  status_check_contexts: list(z.string()),
  user_can_merge: flag,
});
export type GiteaBranch = z.output<typeof branch>;

const commit = z.object({
  sha: z.string(),
  commit: z.object({ message: z.string() }),
  parents: list(z.object({ sha: z.string() })),
});
export type GiteaCommit = z.output<typeof commit>;

const entry = z.object({ path: z.string(), mode: z.string(), type: z.string(), sha: z.string() });
export type GiteaEntry = z.output<typeof entry>;

const reference = z.object({ ref: z.string(), object: z.object({ sha: z.string() }) });

const comment = z.object({
  id: z.number(),
  user: author,
  body: text,
  created_at: z.string(),
  updated_at: z.string(),
});
export type GiteaComment = z.output<typeof comment>;

const review = z.object({
  id: z.number(),
  user: author,
  state: z.string(),
  body: text,
  commit_id: text,
  stale: flag,
  official: flag,
  dismissed: flag,
  comments_count: count,
  submitted_at: z.string(),
});
export type GiteaReview = z.output<typeof review>;

const remark = z.object({
  id: z.number(),
  user: author,
  body: text,
  path: z.string(),
  /** Line of the new file; 0: it is one of the old file. */
  position: count,
  original_position: count,
});
export type GiteaRemark = z.output<typeof remark>;

const status = z.object({ context: z.string(), status: z.string(), description: text, target_url: text });
export type GiteaStatus = z.output<typeof status>;

const label = z.object({ id: z.number(), name: z.string() });

export const readPull = reader(pull);
export const readPulls = reader(list(pull));
export const readBranch = reader(branch);
export const readCommit = reader(commit);
export const readCommits = reader(list(commit));
export const readTree = reader(
  z
    .object({ tree: list(entry), truncated: flag })
    .transform(({ tree, truncated }) => ({ entries: tree, truncated })),
);
/** One alone comes without a list around it. */
export const readReferences = reader(z.union([reference.transform((one) => [one]), list(reference)]));
export const readComment = reader(comment);
export const readComments = reader(list(comment));
export const readReview = reader(review);
export const readReviews = reader(list(review));
export const readRemarks = reader(list(remark));
export const readStatuses = reader(
  z.object({ statuses: list(status) }).transform(({ statuses }) => statuses),
);
export const readLabel = reader(label);
export const readLabels = reader(list(label));
export const readLogin = reader(z.object({ login: z.string().min(1) }).transform(({ login }) => login));
export const readLogins = reader(
  list(z.object({ login: z.string() })).transform((users) => users.map(({ login }) => login)),
);
export const readPermission = reader(
  z.object({ permission: z.string() }).transform(({ permission }) => permission),
);
export const readDependencies = reader(list(z.object({ number: z.number(), state: z.string() })));
