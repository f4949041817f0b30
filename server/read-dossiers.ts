import type { HostDossier } from '../domain/dossier.ts';
import type { ReleaseRecord } from '../domain/release.ts';
import { requireStage } from './catalogue.ts';
import { askWorkflow } from './find-release.ts';
import type { ServerParts } from './ports.ts';

/** The dossiers that the reports of a stage's jobs and hosts name and that are still kept, in their order. */
export async function readDossiers(
  { engine, dossiers }: Pick<ServerParts, 'engine' | 'dossiers'>,
  record: ReleaseRecord,
  stage: string,
  host: string | undefined,
): Promise<readonly HostDossier[]> {
  const status = await askWorkflow(record, () => engine.releaseStatus(record.application, record.number));
  requireStage(status, stage);
  const state = status.stages.find((candidate) => candidate.name === stage)?.state;
  const ends = state !== undefined && 'hosts' in state ? state : { hosts: [], jobs: [] };
  const reports = [...(ends.jobs ?? []), ...(ends.hosts ?? [])];
  const ids = reports.filter((report) => host === undefined || report.host === host).map((report) => report.dossier);
  const found = await Promise.all(ids.map((id) => (id === undefined ? undefined : dossiers.read(id))));
  return found.filter((dossier) => dossier !== undefined);
}
