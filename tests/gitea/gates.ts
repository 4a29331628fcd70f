/** What the tests of projects on Gitea ask of a rig. */
import type { WorkflowHandle } from '@temporalio/client';
import type { StatusView } from '../../domain/views/status.ts';
import type { Gitea } from '../support/gitea/index.ts';
import type { RigCodeHost } from '../support/rig-code-host.ts';
import { hostedName, type Rig } from '../support/rig.ts';

export interface OpenGate {
  readonly id: string;
  readonly number: number;
  readonly head: string;
}

/** Waits for it: an open gate, another one than `notThis`, with its pull request. */
export async function gateOf(rig: Rig, handle: WorkflowHandle, notThis?: string): Promise<OpenGate> {
  const { gate, pullRequest } = await rig.gate<StatusView>(handle, notThis);
  if (gate.headSha === null || pullRequest === null) throw new Error(`Gate ${gate.id} has no pull request.`);
  return { id: gate.id, number: pullRequest.number, head: gate.headSha };
}

/** The server, and what pia does on it. */
export function hostOf({ hosted }: Rig): RigCodeHost & { readonly gitea: Gitea } {
  if (hosted?.gitea === undefined) throw new Error('This rig is not on Gitea.');
  return { ...hosted, gitea: hosted.gitea };
}

/** All that were ever opened in the rig's repository, oldest first. */
export async function pullRequestsOn(
  rig: Rig,
): Promise<readonly { readonly number: number; readonly base: string; readonly merged: boolean }[]> {
  const all = await hostOf(rig).gitea.api<
    readonly {
      readonly number: number;
      readonly base: { readonly label: string };
      readonly merged: boolean;
    }[]
  >('GET', `/repos/${hostedName}/pulls?state=all&limit=50`);
  return all
    .map(({ number, base, merged }) => ({ number, base: base.label, merged }))
    .toSorted((a, b) => a.number - b.number);
}
