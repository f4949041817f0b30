import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, type WorkflowBundle } from '@temporalio/worker';
import { CHECKOUT, madeOnce } from './made-once.ts';

const FILE = 'workflows.js';
let bundled: Promise<WorkflowBundle> | undefined;

/** The workflows as they are in this checkout: bundling them takes longer than most stories. */
export function workflowBundle(): Promise<WorkflowBundle> {
  bundled ??= keptBundle();
  return bundled;
}

/** The workflows with interceptors of a test's own. */
export function bundleWith(interceptors: readonly string[]): Promise<WorkflowBundle> {
  const workflowsPath = join(CHECKOUT, 'workflows/index.ts');
  return bundleWorkflowCode({ workflowsPath, workflowInterceptorModules: [...interceptors], logger: new DefaultLogger('ERROR') });
}

async function keptBundle(): Promise<WorkflowBundle> {
  const folder = await madeOnce('workflows', ['domain', 'workflows'], async (draft) => {
    await writeFile(join(draft, FILE), (await bundleWith([])).code);
  });
  return { code: await readFile(join(folder, FILE), 'utf8') };
}
