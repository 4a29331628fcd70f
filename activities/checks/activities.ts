/** Setup and checks as workflows see them. */
import { defineActivity } from '../support/define-activity.ts';
import { type ChecksDependencies, runChecks, runSetup } from './checks.ts';
import type { ChecksActivities } from './contract.ts';

export const createChecksActivities = (dependencies: ChecksDependencies): ChecksActivities => ({
  runSetup: defineActivity('runSetup', (request, run) => runSetup(dependencies, request, run)),
  runChecks: defineActivity('runChecks', (request, run) => runChecks(dependencies, request, run)),
});
