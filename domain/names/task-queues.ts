/** The task queues that workers poll. Stable over versions: changing one strands what waits in it. */

/** Workflows and activities that any worker can do. */
export const SHARED_TASK_QUEUE = 'phasewright';
/** Git, checks and control of one host. */
export const hostTaskQueue = (hostId: string): string => `${SHARED_TASK_QUEUE}.host.${hostId}`;
/** Agent slots of one host. */
export const agentTaskQueue = (hostId: string): string => `${hostTaskQueue(hostId)}.agents`;
/** The host whose queue this is; undefined: no host's. */
export const hostOfTaskQueue = (queue: string): string | undefined =>
  /^phasewright\.host\.(.+?)(?:\.agents)?$/.exec(queue)?.[1];
