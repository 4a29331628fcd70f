/**
 * How a workflow reads what it is sent: as the SDK does, but what can't be read becomes a stand-in that the guards refuse,
 * so that no signal can fail the workflow's task for ever. Only for what is addressed to this workflow itself; what its
 * activities and children answer must decode.
 */
import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';
import { undecodable } from '../domain/undecodable.ts';

export const payloadConverter: PayloadConverter = {
  toPayload: (value, context, hint) => defaultPayloadConverter.toPayload(value, context, hint),
  fromPayload<T>(payload: Payload, ...[context, hint]: Parameters<PayloadConverter['fromPayload']> extends [unknown, ...infer R] ? R : never): T {
    try {
      return defaultPayloadConverter.fromPayload<T>(payload, context, hint);
    } catch (error) {
      if (context?.type !== 'workflow' || context.workflowId !== workflowInfo().workflowId) throw error;
      return undecodable(error instanceof Error ? error.message : String(error)) as T;
    }
  },
};
