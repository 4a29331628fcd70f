/** The workflows as one bundle, with what must go into every one: how payloads are read, which signal names are let in. */
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const path = (name: string): string =>
  fileURLToPath(new URL(`../workflows/${name}.${extension}`, import.meta.url));

/** About a second. For `Worker.create({ workflowBundle })` and for replaying histories. */
export function bundleWorkflows(): Promise<{ readonly code: string }> {
  return bundleWorkflowCode({
    workflowsPath: path('index'),
    payloadConverterPath: path('bundle/payload-converter'),
    workflowInterceptorModules: [path('bundle/reserved-signals')],
    logger: new DefaultLogger('WARN'),
  });
}
