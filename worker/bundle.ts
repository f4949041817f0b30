import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** The build's last step: workflows bundled once, so that a worker need not do it at each start. */
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { code } = await bundleWorkflowCode({ workflowsPath: here('../workflows/index.js'), logger: new DefaultLogger('ERROR') });
await writeFile(here('./workflow-bundle.js'), code);
