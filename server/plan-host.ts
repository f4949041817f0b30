import type { HostPreview } from '../domain/plan-preview.ts';
import type { ServerParts } from './ports.ts';
import { NoSuchThing, OutsideUnavailable, UnfitRequest } from './problems.ts';

type Answer = Extract<HostPreview, { kind: 'planned' }>;

/** What bringing a host to what its environment runs would do now. Throws NoSuchThing, UnfitRequest where nothing runs, OutsideUnavailable. */
export async function planHost(parts: ServerParts, application: string, environment: string, host: string): Promise<Answer> {
  const preview = await parts.engine.planHost(application, environment, host);
  if (preview.kind === 'planned') return preview;
  if (preview.kind === 'nothing-runs')
    throw new UnfitRequest(
      'host',
      `${application} in ${environment} runs no release that was found good, so there is nothing to bring ${host} to`,
      'promote a release there first',
    );
  if (preview.kind === 'unknown-host')
    throw new NoSuchThing(`${environment} has no host ${JSON.stringify(host)}`, `there are ${preview.hosts.join(', ')}`);
  throw new OutsideUnavailable(`${host} cannot be planned: ${preview.reason}`, "run 'tidegate doctor', then try again");
}
