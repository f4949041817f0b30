import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Applications are plain files beside the sources; compiled, this module lies in another folder. */
export function demoFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let folder = here; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'demo', 'application', 'pipeline.yaml'))) return join(folder, 'demo');
  }
  throw new Error(`Expected demo/application above ${here}, and found none: run the demo from a whole checkout`);
}
