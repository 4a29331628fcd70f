import { expect, it } from '@jest/globals';
import { agentTaskQueue, hostTaskQueue, SHARED_TASK_QUEUE } from '../../../domain/names/task-queues.ts';

it('task queues are what the documentation promises', () => {
  expect([SHARED_TASK_QUEUE, hostTaskQueue('h1'), agentTaskQueue('h1')]).toEqual([
    'phasewright',
    'phasewright.host.h1',
    'phasewright.host.h1.agents',
  ]);
});
