/**
 * How a workflow reads what it is sent: as the SDK does, but what can't be read becomes a stand-in that the guards refuse,
 * so that no signal can fail the workflow's task for ever. Only for what is addressed to this workflow itself; what its
 * activities and children answer must decode.
 */
import {
  type ConverterHint,
  defaultPayloadConverter,
  type Payload,
  type PayloadConverter,
  type SerializationContext,
} from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';
import { undecodable } from '../../domain/messages/undecodable.ts';

/** Whatever goes into a refusal stays in the workflow's state. */
const MAX_REASON = 300;

export const payloadConverter: PayloadConverter = {
  toPayload: (value, context, hint) => defaultPayloadConverter.toPayload(value, context, hint),
  fromPayload<T>(payload: Payload, context?: SerializationContext, hint?: ConverterHint<T>): T {
    try {
      return defaultPayloadConverter.fromPayload(payload, context, hint);
    } catch (error) {
      if (context?.type !== 'workflow' || context.workflowId !== workflowInfo().workflowId) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      return undecodable(reason.slice(0, MAX_REASON)) as T;
    }
  },
};
