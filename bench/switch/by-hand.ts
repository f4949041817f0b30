import { runCommand } from '../../lab/command.ts';
import type { BenchSite } from '../site/bench-site.ts';
import { APPLICATION } from '../site/pipeline.ts';
import { type Answers, longestGap, outside, p99, type Window, within } from './answers.ts';
import { startSteadyLoad } from './load.ts';

/** What a release by hand comes to for users, on the same hosts. */
export interface ByHand {
  readonly answers: Answers;
  readonly windows: readonly Window[];
}

const PORT = 8090;
const REST_MS = 5_000;

/** What people type who have the docker command alone: the old container goes, a new one takes its port, host after host. */
export async function switchByHand(site: BenchSite, switches: number, ratePerSecond: number, keepAlive: boolean): Promise<ByHand> {
  const images = `${site.node.reference}@${site.node.digest}`;
  const replace = async (docker: string, number: number): Promise<void> => {
    await runCommand('docker', ['-H', docker, 'rm', '--force', 'web']);
    await runCommand('docker', [
      '-H',
      docker,
      'run',
      '--detach',
      '--name',
      'web',
      '--publish',
      `${PORT}:8080`,
      ...settings(number),
      images,
      'node',
      '-e',
      APPLICATION,
    ]);
  };
  for (const { docker } of site.engines) {
    await runCommand('docker', ['-H', docker, 'pull', '--quiet', images]);
    await replace(docker, 0);
  }
  await pause(REST_MS);
  const load = startSteadyLoad({ urls: site.engines.map(({ address }) => `http://${address}:${PORT}/`), ratePerSecond, keepAlive });
  await pause(REST_MS);
  const windows: Window[] = [];
  for (let number = 1; number <= switches; number += 1) {
    const from = Date.now();
    for (const { docker } of site.engines) await replace(docker, number);
    await pause(1_000);
    windows.push({ from, to: Date.now() });
    await pause(500);
  }
  const answers = await load.stop();
  for (const { docker } of site.engines) await runCommand('docker', ['-H', docker, 'rm', '--force', 'web']);
  return { answers, windows };
}

function settings(number: number): readonly string[] {
  return ['--env', `TIDEGATE_DEPLOYMENT=by-hand-${number}`, '--env', 'FAULTY=no'];
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** The figures of a run, ours or by hand. */
export function figuresOf({ answers: { answers } }: { readonly answers: Answers }, windows: readonly Window[], hosts: number) {
  return {
    sent: answers.length,
    notWell: answers.filter(({ outcome }) => outcome !== 'well').length,
    p99AtRest: p99(outside(answers, windows)),
    p99Switching: p99(within(answers, windows)),
    longestGap: longestGap(answers, hosts),
  };
}
