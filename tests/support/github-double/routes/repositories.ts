/** The repository, its branches and their rules, refs and commits. */
import { branchTip } from '../actions/mergeability.ts';
import { branchBody, gitCommitBody, refBody } from '../bodies/commits.ts';
import { hookBody, hooksOf } from '../bodies/hooks.ts';
import { protectionBody, rulesBody, rulesetBody } from '../bodies/rules.ts';
import { fullRepositoryBody, permissionFlags } from '../bodies/repositories.ts';
import { userBody, type Body } from '../bodies/users.ts';
import { resolveCommit } from '../git.ts';
import { forbidden, notFound, Refusal } from '../refusal.ts';
import { ok, paged, type RepositoryCall, type Routes } from '../route.ts';
import type { Protection } from '../state.ts';
import { permissionOf } from '../world.ts';

function tipOf({ world, repository, params }: RepositoryCall): {
  readonly branch: string;
  readonly sha: string;
} {
  const branch = params['branch'] ?? '';
  const sha = branchTip(repository, branch);
  const now = repository.renamed.get(branch);
  if (sha === undefined && now !== undefined) {
    const url = `${world.url}/repositories/${repository.id}/branches/${encodeURIComponent(now)}`;
    throw new Refusal(301, 'Moved Permanently', { url }, { location: url });
  }
  if (sha === undefined) throw new Refusal(404, 'Branch not found');
  return { branch, sha };
}

/** GitHub's older names: no `maintain`, no `triage`. */
function permissionBody({ world, repository, params }: RepositoryCall): Body {
  const login = params['username'] ?? '';
  if (!world.accounts.has(login.toLowerCase())) throw notFound();
  const has = permissionOf(world, repository, login);
  const permission = {
    maintain: 'write',
    triage: 'read',
    none: 'none',
    read: 'read',
    write: 'write',
    admin: 'admin',
  };
  const user = { ...userBody(world, login), permissions: permissionFlags(has), role_name: has };
  return { permission: permission[has], role_name: has, user };
}

export const repositoryRoutes = {
  'GET /repos/{owner}/{repo}': {
    on: 'repository',
    permission: 'read',
    grant: ['metadata', 'read'],
    handle: ({ world, repository, login }) => ok(fullRepositoryBody(world, repository, login)),
  },
  'GET /repos/{owner}/{repo}/hooks': {
    on: 'repository',
    permission: 'admin',
    grant: ['repository_hooks', 'read'],
    handle(call) {
      const { world, repository } = call;
      const hooks = hooksOf(world, repository).map((hook, index) => hookBody(world, repository, hook, index));
      return paged(call, hooks, (page) => page);
    },
  },
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission': {
    on: 'repository',
    permission: 'write',
    grant: ['metadata', 'read'],
    otherwise: forbidden('Must have push access to view collaborator permission.'),
    handle: (call) => ok(permissionBody(call)),
  },
  'GET /repos/{owner}/{repo}/branches/{branch}': {
    on: 'repository',
    permission: 'read',
    grant: ['contents', 'read'],
    handle(call) {
      const { branch, sha } = tipOf(call);
      return ok(branchBody(call.world, call.repository, branch, sha));
    },
  },
  'GET /repos/{owner}/{repo}/branches/{branch}/protection': {
    on: 'repository',
    permission: 'admin',
    grant: ['administration', 'read'],
    handle(call) {
      const { branch } = tipOf(call);
      const rules = call.repository.protections.get(branch);
      if (rules?.kind !== 'protection') throw new Refusal(404, 'Branch not protected');
      return ok(protectionBody(call.world, call.repository, branch, rules));
    },
  },
  'GET /repos/{owner}/{repo}/rules/branches/{branch}': {
    on: 'repository',
    permission: 'read',
    grant: ['metadata', 'read'],
    handle(call) {
      const rules = call.repository.protections.get(call.params['branch'] ?? '');
      const list = rules?.kind === 'ruleset' ? rulesBody(call.repository, rules) : [];
      return paged(call, list, (page) => page);
    },
  },
  'GET /repos/{owner}/{repo}/rulesets/{ruleset_id}': {
    on: 'repository',
    permission: 'read',
    grant: ['metadata', 'read'],
    handle({ world, repository, login, params }) {
      const wanted = ([, { id, kind }]: readonly [string, Protection]) =>
        kind === 'ruleset' && String(id) === params['ruleset_id'];
      const [branch, rules] = [...repository.protections].find(wanted) ?? [];
      if (branch === undefined || rules === undefined) throw notFound();
      return ok(rulesetBody(world, repository, { rules, branch, login }));
    },
  },
  'GET /repos/{owner}/{repo}/git/ref/{ref}': {
    on: 'repository',
    permission: 'read',
    grant: ['contents', 'read'],
    handle({ world, repository, params }) {
      const ref = `refs/${params['ref']}`;
      const sha = repository.refs.get(ref);
      if (sha === undefined) throw notFound();
      return ok(refBody(world, repository, ref, sha));
    },
  },
  'GET /repos/{owner}/{repo}/git/commits/{commit_sha}': {
    on: 'repository',
    permission: 'read',
    grant: ['contents', 'read'],
    handle({ world, repository, params }) {
      const sha = params['commit_sha'] ?? '';
      if (!/^[0-9a-f]{40}$/.test(sha) || resolveCommit(repository.path, sha) !== sha) throw notFound();
      return ok(gitCommitBody(world, repository, sha));
    },
  },
} satisfies Routes;
