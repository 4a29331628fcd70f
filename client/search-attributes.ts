/** The keys under which the server lists projects and standalone tasks, for the SDK's typed interface. */
import { defineSearchAttributeKey } from '@temporalio/common';
import { searchAttributes as types } from '../domain/names/search-attributes.ts';

export const searchAttributes = {
  project: defineSearchAttributeKey('PhasewrightProject', types.PhasewrightProject),
  repository: defineSearchAttributeKey('PhasewrightRepository', types.PhasewrightRepository),
  status: defineSearchAttributeKey('PhasewrightStatus', types.PhasewrightStatus),
  waitingFor: defineSearchAttributeKey('PhasewrightWaitingFor', types.PhasewrightWaitingFor),
  phase: defineSearchAttributeKey('PhasewrightPhase', types.PhasewrightPhase),
};
