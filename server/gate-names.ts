import type { GateReport } from '../domain/gates/report.ts';
import type { ReleaseStatus } from '../domain/release.ts';
import { canBeSkipped } from '../domain/skippable-gate.ts';
import { judgedStages } from './explain-release.ts';
import type { ServerParts } from './ports.ts';
import { UnfitRequest } from './problems.ts';

/** What a broken glass could name: gates, by their ids. */
type Named = Pick<GateReport, 'kind' | 'id'>;

/**
 * Refuses names that no gate has by which the release comes into an environment, with those that there are. Gates at which it waits are known
 * without asking anybody; else they are read, which needs its pipeline. Throws UnfitRequest and OutsideUnavailable.
 */
export async function requireGates(
  parts: ServerParts,
  status: ReleaseStatus,
  environment: string,
  names: readonly string[],
): Promise<void> {
  const { application, number } = status.release;
  const near = [...waitingAt(status, environment), ...(await decided(parts, application, environment))];
  if (names.every((name) => isAmong(name, near))) return;
  const { gates } = await judgedStages(parts, status);
  const all = [...near, ...gates.filter((stage) => stage.environment === environment).flatMap((stage) => stage.gates)];
  const wrong = names.find((name) => !isAmong(name, all));
  if (wrong === undefined) return;
  const known = all.find(({ id }) => id === wrong);
  const seen = known === undefined ? `no gate of ${application}#${number} in ${environment}` : 'a gate that nobody goes past';
  throw new UnfitRequest('skips', `${JSON.stringify(wrong.slice(0, 100))} is ${seen}`, `these can be skipped: ${listOf(all)}`);
}

function waitingAt({ stages }: ReleaseStatus, environment: string): readonly Named[] {
  return stages.flatMap((stage) => (stage.environment === environment && stage.state.kind === 'waiting' ? stage.state.gates : []));
}

/** Also what is yet to begin: a glass lasts for a while. */
async function decided({ decisions }: ServerParts, application: string, environment: string): Promise<readonly Named[]> {
  const { freezes, holds } = await decisions.standing(application, environment);
  return [...freezes, ...holds];
}

function isAmong(name: string, gates: readonly Named[]): boolean {
  return gates.some(({ kind, id }) => id === name && canBeSkipped(kind));
}

function listOf(gates: readonly Named[]): string {
  const ids = gates.flatMap(({ kind, id }) => (id !== undefined && canBeSkipped(kind) ? [id] : []));
  return [...new Set(ids)].join(', ') || 'none';
}
