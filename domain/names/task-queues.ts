/** The task queues that workers poll. Stable over versions: changing one strands what waits in it. */

/** Workflows and activities that any worker can do. */
export const SHARED_TASK_QUEUE = 'phasewright';
/** Git, checks and control of one host. */
export const hostTaskQueue = (hostId: string): string => `${SHARED_TASK_QUEUE}.host.${hostId}`;
/** Agent slots of one host. */
export const agentTaskQueue = (hostId: string): string => `${hostTaskQueue(hostId)}.agents`;
