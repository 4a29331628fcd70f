/** The cheapest workflows of the product's shape: the same children, activities, signals and gates, and nothing in them. */
import {
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  executeChild,
  getExternalWorkflowHandle,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Shape } from './shape.ts';

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({ startToCloseTimeout: '1m' });
const told = defineSignal('told');
const approveUpdate = defineUpdate<boolean>('approve');
const approveSignal = defineSignal('approve');
const status = defineQuery<{ readonly gate: string | null }>('status');

export async function floorWorkflow(shape: Shape): Promise<void> {
  const { workflowId, parent } = workflowInfo();
  let waits = false;
  let approved = false;
  const approve = () => (approved = true);
  setHandler(told, () => undefined);
  setHandler(approveUpdate, approve);
  setHandler(approveSignal, () => void approve());
  setHandler(status, () => ({ gate: waits ? workflowId : null }));

  let left = shape.signals;
  const tell = () => {
    if (parent === undefined || left === 0) return;
    left -= 1;
    // Like the product's reports, not awaited.
    getExternalWorkflowHandle(parent.workflowId)
      .signal(told)
      .catch(() => undefined);
  };
  for (const [index, child] of shape.children.entries()) {
    await executeChild(floorWorkflow, { workflowId: `${workflowId}.${index + 1}`, args: [child] });
    tell();
  }
  for (let done = 0; ; done += 1) {
    if (done === shape.gateAfter) {
      waits = true;
      tell();
      await condition(() => approved);
      waits = false;
    }
    if (done === shape.activities) return;
    tell();
    await nothing();
  }
}
