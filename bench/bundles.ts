/** The workflows of every side, bundled once, each with the SDK of the checkout that it is from. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { bundleWorkflows } from '../workers/bundle.ts';

/** Path of the file. */
export async function bundleProduct(folder: string, name: string, checkout: string): Promise<string> {
  const module = (await import(pathToFileURL(join(checkout, 'workers/bundle.ts')).href)) as {
    readonly bundleWorkflows: typeof bundleWorkflows;
  };
  return keep(folder, name, await module.bundleWorkflows());
}

export const bundleFloor = async (folder: string, name: 'shape' | 'program'): Promise<string> =>
  keep(
    folder,
    name,
    await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL(`${name}-workflows.ts`, import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    }),
  );

function keep(folder: string, name: string, { code }: { readonly code: string }): string {
  const file = join(folder, `${name}.bundle.js`);
  writeFileSync(file, code);
  return file;
}
