/** The workflows as one bundle, with what must go into every one: how payloads are read, which signal names are let in. */
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const path = (name: string): string =>
  fileURLToPath(new URL(`../workflows/${name}.${extension}`, import.meta.url));

const workflows = path('index');
const payloadConverter = path('bundle/payload-converter');
const interceptors = [path('bundle/reserved-signals')];

/** About a second. For `Worker.create({ workflowBundle })` and for replaying histories. */
export function bundleWorkflows(): Promise<{ readonly code: string }> {
  return bundleWorkflowCode({
    workflowsPath: workflows,
    payloadConverterPath: payloadConverter,
    workflowInterceptorModules: interceptors,
    // Evaluated once per worker and frozen, not once per workflow, which then holds half as much: no module of ours keeps state.
    preloadModules: [workflows, payloadConverter, ...interceptors],
    logger: new DefaultLogger('WARN'),
  });
}
