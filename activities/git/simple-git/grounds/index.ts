/** The two grounds of a workspace beside the mirror: the agent's clone and the checks' checkout. */
import { lstat } from 'node:fs/promises';
import type { WorkspaceRef } from '../../../../domain/model/project.ts';
import { inTurn } from '../../../support/turns.ts';
import type { Git } from '../../port.ts';
import { hiddenRefs } from '../map.ts';
import { adopt, aroundSetup, prepare } from './agent-clone.ts';
import { changedSince, checkOut, type Checkouts, keepSetup } from './checks-checkout.ts';
import { isOthers, othersOf } from './owners.ts';
import type { GroundParts } from './parts.ts';
import { snapshot } from './snapshot.ts';
import { removeTree } from '../../../support/remove-tree.ts';

type GroundsPort = Pick<
  Git,
  | 'worktreePath'
  | 'checksPath'
  | 'prepare'
  | 'aroundSetup'
  | 'keepsSetup'
  | 'snapshot'
  | 'adopt'
  | 'checkOut'
  | 'keepSetup'
  | 'changedSince'
  | 'otherOwner'
  | 'workspaces'
>;
export interface Grounds extends GroundsPort {
  /** Both grounds, their record and local hidden refs gone. */
  readonly remove: (workspace: WorkspaceRef) => Promise<void>;
  /** Whose workflows made them; null: there are none on this host. */
  readonly madeBy: (workspace: WorkspaceRef) => Promise<'us' | 'others' | null>;
}

export function createGrounds(parts: GroundParts & { readonly hostId: string }): Grounds {
  const { records } = parts;
  const checkouts: Checkouts = new Map();
  const turn = <T>(workspace: WorkspaceRef, body: () => Promise<T>) =>
    inTurn(records.paths(workspace).folder, async () => {
      const { folder } = records.paths(workspace);
      // A link in its place would lead all that we make and remove there elsewhere.
      if ((await lstat(folder).catch(() => undefined))?.isDirectory() === false) await removeTree(folder);
      return body();
    });
  return {
    worktreePath: (workspace) => records.paths(workspace).agent,
    checksPath: (workspace) => records.paths(workspace).checks,
    prepare: (workspace, state) => turn(workspace, () => prepare(parts, workspace, state)),
    // Not in turn: setup may take long, and nothing else is asked of the clone meanwhile.
    aroundSetup: (workspace, setup) => aroundSetup(parts, workspace, setup),
    keepsSetup: async (workspace) => (await records.read(workspace))?.setupFiles !== 'gone',
    snapshot: (workspace, state, hiddenRef) =>
      turn(workspace, () => snapshot(parts, workspace, state, hiddenRef)),
    adopt: (workspace, state) => turn(workspace, () => adopt(parts, workspace, state)),
    checkOut: (workspace, wanted) => turn(workspace, () => checkOut(parts, checkouts, workspace, wanted)),
    keepSetup: (workspace, wanted) => turn(workspace, () => keepSetup(parts, checkouts, workspace, wanted)),
    changedSince: (workspace, sha) => turn(workspace, () => changedSince(parts, workspace, sha)),
    remove: (workspace) => turn(workspace, () => remove(parts, checkouts, workspace)),
    otherOwner: async (workspace) => (await othersOf(parts, workspace))?.namespace ?? null,
    async madeBy(workspace) {
      const record = await records.read(workspace);
      return record === undefined ? null : isOthers(parts, record) ? 'others' : 'us';
    },
    workspaces: async () =>
      (await records.all())
        .filter(({ workspace }) => workspace.host === parts.hostId)
        .map(({ workspace, namespace: owner = null }) => ({ workspace, namespace: owner })),
  };
}

async function remove(parts: GroundParts, checkouts: Checkouts, workspace: WorkspaceRef): Promise<void> {
  const { folder, agent, checks } = parts.records.paths(workspace);
  parts.extras.delete(agent);
  checkouts.delete(checks);
  for (const path of [agent, checks]) await parts.pool.keep(path);
  await parts.trash.put(folder);
  const mirror = parts.mirrors.of(workspace.repository);
  const prefix = `${hiddenRefs(workspace.owner)}/`;
  await parts.mirrors.changeLedger(mirror, (refs) => {
    for (const ref of [...refs.keys()]) if (ref.startsWith(prefix)) refs.delete(ref);
  });
  await parts.records.forget(workspace);
}
