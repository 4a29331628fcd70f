/** What the double tells its webhook target. What happened on disk is told when a test says `notice`. */
import { repositoryBody } from './bodies/repositories.ts';
import { appBody, userBody, type Body } from './bodies/users.ts';
import type { Repository } from './state.ts';
import type { World } from './world.ts';

export interface Event {
  readonly event: string;
  readonly action: string | null;
  /** Login; null: not known, the repository's owner stands in. */
  readonly by: string | null;
  readonly payload: Body;
}

export function emit(world: World, repository: Repository, { event, action, by, payload }: Event): void {
  const sender = by ?? repository.owner;
  const app = world.apps.get(sender.replace(/\[bot\]$/, ''));
  const told = {
    event,
    action,
    repository: repository.fullName,
    payload: {
      ...payload,
      repository: repositoryBody(world, repository),
      sender: userBody(world, sender),
      ...(app === undefined
        ? {}
        : { installation: { id: app.installationId, node_id: appBody(world, app.slug)['node_id'] } }),
    },
  };
  if (world.onDisk) world.untold.push(told);
  else world.deliveries.add(told);
}
