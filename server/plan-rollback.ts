import type { RollbackPreview } from '../domain/rollback-preview.ts';
import type { ServerParts } from './ports.ts';
import { OutsideUnavailable, UnfitRequest } from './problems.ts';

type Planned = Extract<RollbackPreview, { kind: 'planned' }>;

/** What a rollback would do now. Throws UnfitRequest where there is nothing to return to, OutsideUnavailable. */
export async function planRollback(parts: ServerParts, application: string, environment: string, to: number | undefined): Promise<Planned> {
  const preview = await parts.engine.planRollback(application, environment, to);
  if (preview.kind === 'refused')
    throw new UnfitRequest('to', preview.reason, `'tidegate status ${application}' shows what can be returned to`);
  if (preview.kind === 'failed')
    throw new OutsideUnavailable(
      `The way back of ${application} in ${environment} cannot be planned: ${preview.reason}`,
      "run 'tidegate doctor', then try again",
    );
  return preview;
}
