/** What a worker bundles. Names of workflows never change. */
export { projectWorkflow } from './project.ts';
export { phaseWorkflow } from './phase.ts';
export { taskWorkflow } from './task.ts';
export { inspectWorkflow } from './inspect.ts';
