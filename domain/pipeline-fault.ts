import type { PipelineFault } from './pipeline.ts';

export const fault = (path: PipelineFault['path'], message: string): PipelineFault => ({ path, message });

/** Names for a sentence. */
export function list(names: readonly string[]): string {
  return names.join(', ');
}
