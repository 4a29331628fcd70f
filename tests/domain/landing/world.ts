/**
 * A small world for landings: commits that are sets of changes, a remote with a branch and a base, a pull request, and people who
 * do to them what people do. `perform` answers an action as the activities promise to; nothing here knows how landings decide.
 */
import type {
  LandingAction,
  LandingEvent,
  LandingPolicy,
  LandingState,
} from '../../../domain/landing/landing.ts';

export interface Commit {
  readonly id: string;
  readonly parents: readonly string[];
  /** What the tree holds; `bad…` breaks the checks until `fix…` of the same name is there. */
  readonly changes: ReadonlySet<string>;
  readonly ancestors: ReadonlySet<string>;
}

export type Deed =
  | 'base_moves'
  | 'base_comes_near'
  | 'base_breaks'
  | 'base_conflicts'
  | 'rewind_base'
  | 'overwrite_base'
  | 'push_on_top'
  | 'delete_branch'
  | 'rewind_branch'
  | 'overwrite_branch'
  | 'close'
  | 'retarget'
  | 'merge_by_hand'
  | 'squash_by_hand'
  | 'merge_elsewhere'
  | 'block'
  | 'protect'
  | 'check_out'
  | 'flake';

export const deeds: readonly Deed[] = [
  'base_moves',
  'base_comes_near',
  'base_breaks',
  'base_conflicts',
  'rewind_base',
  'overwrite_base',
  'push_on_top',
  'delete_branch',
  'rewind_branch',
  'overwrite_branch',
  'close',
  'retarget',
  'merge_by_hand',
  'squash_by_hand',
  'merge_elsewhere',
  'block',
  'protect',
  'check_out',
  'flake',
];

/** The commit that is on base before everything, on top of the world's first. */
export const landedBefore = 'c2';

interface PullRequest {
  readonly number: number;
  state: 'open' | 'closed' | 'merged';
  base: 'base' | 'other';
  head: string;
  mergedSha: string | null;
}

const clashing = { path: 'a', kind: 'content', says: '', others: [] };

export class World {
  readonly commits = new Map<string, Commit>();
  readonly policy: LandingPolicy;
  private readonly first: string;
  private tip: string;
  /** Every commit that base has held at some time. */
  private readonly seen = new Set<string>();
  branch: string | null;
  pullRequest: PullRequest | null = null;
  blocked = false;
  checkedOut = false;
  /** The remote takes pushes of base from people alone. */
  protected = false;
  /** Trees that passed the checks, by their changes. */
  readonly passed = new Set<string>();
  readonly gates = new Map<number, string>();
  /** Heads that people approved, each with the base and the branch's own changes that they saw. */
  readonly approved = new Map<string, { readonly base: string; readonly own: string }>();
  /** Updates that kept every patch, by their heads: from which head. */
  readonly carriedFrom = new Map<string, string>();
  /** The next run of the checks fails, whatever they look at. */
  private flakes = false;
  /** Heads whose checks were told to have failed, without a reason. */
  readonly flaked = new Set<string>();
  private made = 0;

  constructor(policy: LandingPolicy) {
    this.policy = policy;
    this.first = this.commit([], ['start']);
    this.tip = this.first;
    this.base = this.commit([this.first], ['start', 'landed-before']);
    this.branch = this.base;
  }

  get base(): string {
    return this.tip;
  }
  set base(sha: string) {
    this.tip = sha;
    for (const id of this.at(sha).ancestors) this.seen.add(id);
  }

  /** Commits that people have taken from base. */
  private removed(): readonly Commit[] {
    return [...this.seen].filter((id) => !this.holds(this.base, id)).map((id) => this.at(id));
  }

  commit(parents: readonly string[], changes: Iterable<string>): string {
    this.made += 1;
    const id = `c${this.made}`;
    const ancestors = new Set([id, ...parents.flatMap((parent) => [...this.at(parent).ancestors])]);
    this.commits.set(id, { id, parents, changes: new Set(changes), ancestors });
    return id;
  }

  at(id: string): Commit {
    const commit = this.commits.get(id);
    if (commit === undefined) throw new Error(`There is no commit ${id}.`);
    return commit;
  }

  holds(id: string, ancestor: string): boolean {
    return this.at(id).ancestors.has(ancestor);
  }

  tree(id: string): string {
    return [...this.at(id).changes].sort().join(' ');
  }

  /** Commits on the branch, as a task of ours does it. */
  work(onto: string, change: string): string {
    const sha = this.commit([onto], [...this.at(onto).changes, change]);
    this.branch = sha;
    return sha;
  }

  checksPass(id: string): boolean {
    const { changes } = this.at(id);
    return [...changes].every((change) => !change.startsWith('bad') || changes.has(`fix-${change}`));
  }

  private conflicts(ours: string, theirs: string): boolean {
    const onlyThere = [...this.at(theirs).changes].filter((change) => !this.at(ours).changes.has(change));
    return onlyThere.some(
      (change) => change.startsWith('clash') && !this.at(ours).changes.has(`solved-${change}`),
    );
  }

  private mergeInto(base: string, head: string): string {
    return this.commit([base, head], [...this.at(base).changes, ...this.at(head).changes]);
  }

  do(deed: Deed): void {
    const { pullRequest, branch, base } = this;
    switch (deed) {
      case 'base_moves':
      // Where the branch changes something as well, but without a conflict.
      case 'base_comes_near':
      case 'base_breaks':
      case 'base_conflicts': {
        const kind = {
          base_moves: 'theirs',
          base_comes_near: 'near',
          base_breaks: 'bad',
          base_conflicts: 'clash',
        }[deed];
        this.base = this.commit([base], [...this.at(base).changes, `${kind}-${this.made}`]);
        return;
      }
      // What people take away after it landed is their affair.
      case 'rewind_base':
        if (!this.at(base).changes.has('task-1')) this.base = this.first;
        return;
      case 'overwrite_base':
        if (!this.at(base).changes.has('task-1'))
          this.base = this.commit([this.first], ['start', `alien-${this.made}`]);
        return;
      case 'push_on_top':
        if (branch !== null) this.work(branch, `person-${this.made}`);
        return;
      case 'delete_branch':
        this.branch = null;
        if (this.policy.hosted && pullRequest?.state === 'open') pullRequest.state = 'closed';
        return;
      case 'rewind_branch':
        if (branch !== null) this.branch = this.at(branch).parents[0] ?? branch;
        return;
      case 'overwrite_branch':
        if (branch !== null)
          this.branch = this.commit([this.base], [...this.at(this.base).changes, `alien-${this.made}`]);
        return;
      case 'block':
        this.blocked = this.policy.hosted;
        return;
      case 'protect':
        this.protected = !this.policy.hosted;
        return;
      case 'check_out':
        this.checkedOut = !this.policy.hosted;
        return;
      case 'flake':
        this.flakes = true;
        return;
      default:
        if (this.policy.hosted && pullRequest?.state === 'open') this.onPullRequest(deed, pullRequest);
    }
  }

  private onPullRequest(deed: Deed, pullRequest: PullRequest): void {
    const head = this.branch;
    if (deed === 'close') pullRequest.state = 'closed';
    if (deed === 'retarget') pullRequest.base = 'other';
    if (head === null || this.conflicts(head, this.base)) return;
    if (deed === 'merge_elsewhere') {
      pullRequest.base = 'other';
      this.recordMerge(pullRequest, head, this.mergeInto(head, head));
    }
    if (pullRequest.base !== 'base') return;
    if (deed === 'merge_by_hand')
      this.base = this.recordMerge(pullRequest, head, this.mergeInto(this.base, head));
    if (deed === 'squash_by_hand')
      this.base = this.recordMerge(
        pullRequest,
        head,
        this.commit([this.base], [...this.at(this.base).changes, ...this.at(head).changes]),
      );
  }

  private mergeByHand(headSha: string): void {
    this.base = this.mergeInto(this.base, headSha);
    if (this.pullRequest?.state === 'open') this.recordMerge(this.pullRequest, headSha, this.base);
  }

  private recordMerge(pullRequest: PullRequest, head: string, sha: string): string {
    Object.assign(pullRequest, { state: 'merged', head, mergedSha: sha });
    return sha;
  }

  /** As the stop advises. What goes with it, e.g. a merge of our branch that a person made there, is nothing that people removed. */
  private putBack(sha: string): void {
    for (const id of this.at(this.base).ancestors) this.seen.delete(id);
    this.base = sha;
  }

  /** Everything that a stop may ask of a person. `goOn`: what base lost was lost on purpose. */
  mend(state: LandingState, goOn: boolean): void {
    const { pullRequest } = this;
    if (state.rewritten !== null && (!goOn || this.conflicts(state.headSha, this.base)))
      this.putBack(state.rewritten);
    const { landedSha } = this.policy;
    this.blocked = false;
    this.checkedOut = false;
    if (state.refused) {
      if (goOn && this.branch === state.headSha && !this.conflicts(state.headSha, this.base))
        this.mergeByHand(state.headSha);
      else this.protected = false;
    }
    // What is asked for: the merge that base lacks, or else what had landed before.
    const wanted = state.unconfirmed?.sha ?? landedSha ?? this.base;
    if (!this.holds(this.base, wanted)) this.base = wanted;
    if (this.branch === null || !this.holds(this.branch, state.headSha)) this.branch = state.headSha;
    if (pullRequest !== null && pullRequest.state !== 'merged')
      Object.assign(pullRequest, { state: 'open', base: 'base' });
    for (const change of this.at(this.base).changes)
      if (change.startsWith('bad') && !this.at(this.base).changes.has(`fix-${change}`))
        this.base = this.commit([this.base], [...this.at(this.base).changes, `fix-${change}`]);
  }

  /** What the activities answer. People's answers at a gate are `approve`. */
  perform(action: LandingAction, state: LandingState, approve: boolean): LandingEvent {
    switch (action.kind) {
      case 'update':
        return this.update(state);
      case 'test':
        if (this.flakes || !this.checksPass(action.sha)) {
          this.flakes = false;
          return { kind: 'failed', sha: action.sha, report: 'red' };
        }
        this.passed.add(this.tree(action.sha));
        return { kind: 'passed', sha: action.sha, tree: this.tree(action.sha), checks: [] };
      case 'push':
        if (this.branch !== action.from && this.branch !== action.to) return { kind: 'moved' };
        this.branch = action.to;
        return { kind: 'pushed', sha: action.to };
      case 'restore':
        if (this.branch !== null && !this.holds(action.sha, this.branch)) return { kind: 'moved' };
        this.branch = action.sha;
        return { kind: 'pushed', sha: action.sha };
      case 'restore_base':
        if (!this.holds(this.base, action.sha)) {
          if (!this.holds(action.sha, this.base)) return { kind: 'unrestorable', message: 'put it back' };
          this.base = action.sha;
        }
        return { kind: 'base_restored' };
      case 'open':
        return this.open(state, action.behind);
      case 'find_head':
        return this.findHead(state);
      case 'ask':
        if (this.gates.has(action.gate)) throw new Error(`Gate ${action.gate} was opened before.`);
        this.gates.set(action.gate, state.headSha);
        if (this.branch !== state.headSha) return { kind: 'withdrawn' };
        if (approve)
          this.approved.set(state.headSha, {
            base: state.baseSha,
            own: this.own(state.headSha, state.baseSha),
          });
        return approve
          ? { kind: 'approved', headSha: state.headSha, by: 'ada' }
          : { kind: 'rejected', by: 'ada', comment: 'Again.' };
      case 'merge':
        return this.merge(state);
      case 'await_host':
        this.blocked = false;
        return { kind: 'unblocked' };
      case 'await_person':
        this.checkedOut = false;
        this.base = this.mergeInto(this.base, state.headSha);
        return { kind: 'merged_by_hand', sha: this.base, tree: this.tree(this.base) };
      case 'find_landed':
        return this.holds(this.base, action.sha) ? { kind: 'on_base', sha: this.base } : { kind: 'off_base' };
      case 'pause':
        return { kind: 'paused' };
      default:
        throw new Error(`${action.kind} is nothing to perform.`);
    }
  }

  /**
   * This very head; or, where that is allowed, one that updates made of it which kept every patch and passed the checks. On a base
   * that lacks nothing of what people saw.
   */
  isApproved(sha: string, base: string, own = this.own(sha, base)): boolean {
    const seen = this.approved.get(sha);
    if (seen !== undefined && this.holds(base, seen.base) && seen.own === own) return true;
    const before = this.carriedFrom.get(sha);
    if (before === undefined || this.policy.carry === 'never' || this.flaked.has(sha)) return false;
    return this.isApproved(before, base, own);
  }

  /** What a head brings to its base. */
  private own(sha: string, base: string): string {
    const theirs = this.at(base).changes;
    return [...this.at(sha).changes]
      .filter((change) => !theirs.has(change))
      .sort()
      .join(' ');
  }

  private update({ headSha, baseSha, withoutSha }: LandingState): LandingEvent {
    const { base } = this;
    const { landedSha } = this.policy;
    if (landedSha !== null && !this.holds(base, landedSha)) return { kind: 'base_lost' };
    if (this.holds(base, headSha)) return { kind: 'nothing', baseSha: base };
    if (!this.holds(base, baseSha)) return this.onRewrittenBase(headSha, baseSha, withoutSha);
    if (this.holds(headSha, base)) return { kind: 'current', baseSha: base };
    if (this.conflicts(headSha, base))
      return {
        kind: 'conflict',
        baseSha: base,
        merge: { parentSha: base, startSha: headSha, files: [clashing] },
      };
    const both = [...this.at(base).changes, ...this.at(headSha).changes];
    const rebases = this.policy.update === 'rebase';
    const sha = this.commit(rebases ? [base] : [headSha, base], both);
    const came = [...this.at(base).changes].filter((change) => !this.at(headSha).changes.has(change));
    const samePatches =
      this.own(sha, base) === this.own(headSha, baseSha) && !came.some((change) => change.startsWith('near'));
    if (samePatches) this.carriedFrom.set(sha, headSha);
    const how = this.policy.update;
    return { kind: 'updated', headSha: sha, baseSha: base, how, commits: [], samePatches };
  }

  /** Only what is the branch's own goes on base as it is now. */
  private onRewrittenBase(headSha: string, lostSha: string, withoutSha: string | null): LandingEvent {
    const { base } = this;
    const lost = this.at(lostSha).changes;
    const own = [...this.at(headSha).changes].filter((change) => !lost.has(change));
    const clash = this.conflicts(headSha, base);
    if (clash || (this.policy.update === 'merge' && withoutSha !== lostSha)) {
      const conflicts = clash ? ['a'] : [];
      return { kind: 'base_rewritten', baseSha: base, lostSha, lost: [], lostCount: 1, files: [], conflicts };
    }
    const sha = this.commit([base], [...this.at(base).changes, ...own]);
    return { kind: 'updated', headSha: sha, baseSha: base, how: 'rebase', commits: [], samePatches: false };
  }

  private findHead({ headSha, required }: LandingState): LandingEvent {
    const { branch } = this;
    if (branch === null) return { kind: 'gone' };
    const missing = [headSha, ...required].filter((sha) => !this.holds(branch, sha));
    if (branch === headSha)
      return missing.length === 0 ? { kind: 'same' } : { kind: 'lost', headSha: branch, missing };
    if (missing.length === 0) return { kind: 'ahead', headSha: branch };
    if (this.holds(headSha, branch)) return { kind: 'gone' };
    return { kind: 'lost', headSha: branch, missing };
  }

  private open(state: LandingState, behind: boolean): LandingEvent {
    const { headSha, baseSha, required } = state;
    const known = state.pullRequest === null ? null : this.pullRequest;
    if (known?.state === 'merged') {
      const how =
        known.base === 'other'
          ? 'elsewhere'
          : known.head === headSha
            ? 'ours'
            : this.holds(known.head, headSha)
              ? 'ahead'
              : this.holds(headSha, known.head)
                ? 'earlier'
                : 'alien';
      const { number, head, base, mergedSha } = known;
      const pullRequest = { number, url: '', state: 'merged' as const };
      return {
        kind: 'merged_by_others',
        pullRequest,
        how,
        by: 'bo',
        headSha: head,
        baseBranch: base,
        mergedSha,
      };
    }
    if (this.branch !== headSha) return { kind: 'head_moved' };
    const missing = required.filter((sha) => !this.holds(headSha, sha));
    if (missing.length > 0) return { kind: 'missing', commits: missing };
    if (known?.state === 'closed')
      return { kind: 'closed', pullRequest: { number: known.number, url: '', state: 'closed' } };
    if (known?.base === 'other')
      return {
        kind: 'retargeted',
        pullRequest: { number: known.number, url: '', state: 'open' },
        baseBranch: 'other',
      };
    if (this.base !== baseSha && !behind) return { kind: 'base_moved' };
    if (known === null)
      this.pullRequest = {
        number: (this.pullRequest?.number ?? 0) + 1,
        state: 'open',
        base: 'base',
        head: headSha,
        mergedSha: null,
      };
    const number = this.pullRequest?.number ?? 0;
    return { kind: 'opened', pullRequest: { number, url: '', state: 'open' } };
  }

  private merge({ headSha, baseSha, required }: LandingState): LandingEvent {
    const { pullRequest } = this;
    if (this.policy.pullRequest && pullRequest?.state === 'merged') {
      if (pullRequest.head !== headSha) return { kind: 'head_moved' };
      const sha = pullRequest.mergedSha ?? '';
      const differs = this.tree(sha) === this.tree(headSha) ? null : `it brought ${this.tree(sha)}.`;
      return { kind: 'merged', sha, tree: this.tree(sha), onBase: this.holds(this.base, sha), differs };
    }
    if (this.policy.pullRequest && pullRequest?.state === 'closed')
      return { kind: 'closed', pullRequest: null };
    if (this.branch !== headSha) return { kind: 'moved' };
    const missing = required.filter((sha) => !this.holds(headSha, sha));
    if (missing.length > 0) return { kind: 'missing', commits: missing };
    if (this.base !== baseSha || pullRequest?.base === 'other') return { kind: 'base_moved' };
    if (this.blocked) return { kind: 'blocked', why: 'a rule' };
    if (this.protected && this.policy.checkedOut === 'person_merges')
      return { kind: 'refused', why: 'A rule.' };
    if (this.checkedOut) return { kind: 'checked_out', where: '/srv', command: 'git merge' };
    if (this.conflicts(headSha, this.base)) return { kind: 'merge_conflict' };
    if (
      !this.holds(headSha, this.base) &&
      this.tree(this.mergeInto(this.base, headSha)) !== this.tree(headSha)
    )
      throw new Error('An untested tree was about to land.');
    for (const { id, changes, parents } of this.removed()) {
      if (this.holds(headSha, id))
        throw new Error(`The merge was about to bring ${id} back, which people removed.`);
      // A fix may have been made twice; the rest is in one commit alone.
      const own = [...changes].find(
        (change) =>
          !/^fix|^solved/.test(change) && !parents.some((parent) => this.at(parent).changes.has(change)),
      );
      if (own !== undefined && this.at(headSha).changes.has(own) && !this.at(this.base).changes.has(own))
        throw new Error(`The merge was about to bring '${own}' back, which people removed.`);
    }
    this.base = this.mergeInto(this.base, headSha);
    if (pullRequest !== null) this.recordMerge(pullRequest, headSha, this.base);
    return { kind: 'merged', sha: this.base, tree: this.tree(this.base), onBase: true, differs: null };
  }
}
