/** What a look at a set-up reads of Gitea's answers (its `modules/structs`). What an older one, or Forgejo, doesn't have is as if off. */
import { z } from 'zod';
import { count, flag, list, reader, text } from '../answers.schema.ts';

const names = list(z.string());

const repository = z.object({
  full_name: z.string(),
  private: flag,
  archived: flag,
  mirror: flag,
  empty: flag,
  has_pull_requests: flag,
  allow_merge_commits: flag,
  allow_squash_merge: flag,
  default_branch: text,
  permissions: z.object({ push: flag }).nullish(),
});
export type GiteaRepository = z.output<typeof repository>;

/** Shown to administrators of the repository, in the order in which rules hold. */
const protection = z.object({
  rule_name: z.string(),
  enable_push: flag,
  enable_push_whitelist: flag,
  push_whitelist_usernames: names,
  push_whitelist_teams: names,
  enable_force_push: flag,
  enable_force_push_allowlist: flag,
  force_push_allowlist_usernames: names,
  enable_merge_whitelist: flag,
  merge_whitelist_usernames: names,
  merge_whitelist_teams: names,
  required_approvals: count,
  enable_approvals_whitelist: flag,
  approvals_whitelist_username: names,
  approvals_whitelist_teams: names,
  enable_status_check: flag,
  block_on_rejected_reviews: flag,
  block_on_official_review_requests: flag,
  require_signed_commits: flag,
  protected_file_patterns: text,
});
export type Protection = z.output<typeof protection>;

/** Whether there is a secret is not told. */
const hook = z.object({
  active: flag,
  type: text,
  events: names,
  branch_filter: text,
  config: z.object({ url: text, content_type: text }),
});
export type GiteaHook = z.output<typeof hook>;

export const readVersion = reader(z.object({ version: z.string() }).transform(({ version }) => version));
export const readHttpGit = reader(
  z.object({ http_git_disabled: flag }).transform(({ http_git_disabled: off }) => !off),
);
export const readRepository = reader(repository);
export const readProtections = reader(list(protection));
export const readHooks = reader(list(hook));
