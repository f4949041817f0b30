import { shortDigest } from '../../domain/digest.ts';
import type { ContainerDossier, HostDossier } from '../../domain/dossier.ts';
import { printMoment } from './durations.ts';
import type { Page } from './page.ts';
import { oneLine } from './plain.ts';

/** What a failed deployment left to know of one host. */
export function dossierPage(dossier: HostDossier, page: Page): string {
  const { host, release, deployment, takenAt, containers, missing } = dossier;
  const head = `${page.style('strong', host)}  #${release}  ${deployment}  ${page.style('quiet', `taken ${printMoment(takenAt)}`)}`;
  const rest = missing.map((what) => `  ${page.style('waits', `missing: ${what}`)}`);
  return [head, ...containers.map((container) => containerBlock(container, page)), ...rest].join('\n');
}

function containerBlock(container: ContainerDossier, { style }: Page): string {
  const { component, status, exitCode, outOfMemory, restarts, error, health, response, log } = container;
  const end = status === 'running' ? 'running' : `${status} with exit code ${exitCode}`;
  const facts = [end, ...(outOfMemory ? ['out of memory'] : []), ...(restarts > 0 ? [`restarted ${restarts} times`] : [])];
  return [
    `  ${style('strong', component)}  ${container.container}  ${shortDigest(container.digest)}`,
    `    ${style('bad', facts.join(', '))}`,
    ...(error === '' ? [] : [`    engine: ${oneLine(error)}`]),
    ...health.log.map(({ at, exitCode: code, output }) => `    health ${printMoment(at)}: ${code} ${oneLine(output)}`),
    ...(response === undefined ? [] : [`    ${response.path} answered ${response.status}: ${oneLine(response.body)}`]),
    ...(log.trim() === ''
      ? ['    it printed nothing']
      : [
          '    last lines:',
          ...log
            .trimEnd()
            .split('\n')
            .map((line) => `      ${line}`),
        ]),
  ].join('\n');
}
