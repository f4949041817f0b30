import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../lab/command.ts';
import { type LabRegistry, startRegistry } from '../../lab/registry.ts';
import { findRegistryTool } from '../../lab/registry-tools.ts';
import { unlessInterrupted } from '../interruption.ts';
import { machine } from '../machine.ts';
import type { Report } from '../report.ts';
import { type Contender, commandContender, peerContender } from './contender.ts';
import { countCopies } from './counting.ts';
import { requireGnuTime } from './measured-command.ts';
import { findPeers, type Peer } from './peers.ts';
import { type Finding, rowsOf } from './rows.ts';
import { startRunning } from './running-contender.ts';
import { makeSubjects, type Subject } from './subjects.ts';
import { type Route, timeCopies } from './timing.ts';
import { findUnchecking } from './unchecked.ts';

export interface BenchOptions {
  /** Small images and one round: for whoever tries the measurement itself. */
  readonly quick: boolean;
  /** The one kind of image to copy, `small`, `index`, `large` or `huge`; all unless given. */
  readonly only?: string | undefined;
  /** How often each contender copies each image; as the image says unless given. */
  readonly rounds?: number | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told what is being measured. */
  readonly onProgress: (line: string) => void;
  /** Ends the measurement with its reason; registries and files go all the same. */
  readonly interrupted: AbortSignal;
}

/**
 * Copies images with ours and with every peer that is there, between the same registries on this machine and in turns. Throws
 * GnuTimeMissing, RegistryNotStarted, CommandUnmeasured and CopyIncomplete.
 */
export async function benchRegistry(options: BenchOptions): Promise<Report> {
  await requireGnuTime();
  const lab = await startBenchLab(options.environment);
  const running = startRunning(join(import.meta.dirname, 'running-process.js'));
  try {
    const { peers, missing } = await findPeers(options.environment);
    const ours = [commandContender(join(import.meta.dirname, '../../cli/main.js'), options.environment), running];
    const measured = measureAll([...ours, ...peers.map(peerContender)], lab, options);
    const findings = await unlessInterrupted(options.interrupted, measured);
    return {
      name: 'registry',
      rows: findings.flatMap(rowsOf),
      facts: { ...factsOf(findings, peers), missing, registry: lab.version, ...machine() },
    };
  } finally {
    await running.stop();
    await lab.stop();
  }
}

async function measureAll(
  contenders: readonly Contender[],
  lab: BenchLab,
  { quick, only, rounds, onProgress }: BenchOptions,
): Promise<readonly Finding[]> {
  onProgress('Making the images, and asking who checks what it passes on');
  const made = await makeSubjects(lab.source.address, quick, only);
  const subjects = rounds === undefined ? made : made.map((subject) => ({ ...subject, repetitions: rounds }));
  const unchecking = await findUnchecking(contenders, lab.directory);
  const findings: Finding[] = [];
  for (const subject of subjects) {
    for (const route of routesOf(subject, lab)) {
      onProgress(`Copying ${subject.name}, ${route.name}: ${subject.repetitions} rounds`);
      const results = await timeCopies(contenders, subject, route, lab.directory);
      findings.push({ subject, route, results, unchecking, counts: await countCopies(contenders, subject, route, lab.directory) });
    }
  }
  return findings;
}

function routesOf(subject: Subject, { source, target }: BenchLab): readonly Route[] {
  const across = { name: 'across registries', source: source.address, target: target.address };
  return subject.within ? [{ name: 'within one registry', source: source.address, target: source.address }, across] : [across];
}

interface BenchLab {
  readonly directory: string;
  readonly source: LabRegistry;
  readonly target: LabRegistry;
  /** What both are. */
  readonly version: string;
  stop(): Promise<void>;
}

/** Distribution 3 where it is there, else Debian's. */
async function startBenchLab(environment: BenchOptions['environment']): Promise<BenchLab> {
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-bench-'));
  const program = await findRegistryTool('distribution', environment);
  const start = (name: string) => startRegistry({ directory: join(directory, name), address: '127.0.0.1', program });
  const registries = [await start('source'), await start('target')] as const;
  const [source, target] = registries;
  const version = (await runCommand(program ?? 'docker-registry', ['--version'])).trim().split(' ').slice(1).join(' ');
  const stop = async () => {
    for (const registry of registries) await registry.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { directory, source, target, version, stop };
}

function factsOf(findings: readonly Finding[], peers: readonly Peer[]): Report['facts'] {
  const losing = findings.flatMap(({ results }) =>
    results.filter(({ keepsReferrers }) => !keepsReferrers).map(({ contender }) => contender),
  );
  return {
    rounds: Object.fromEntries(findings.map(({ subject }) => [subject.name, subject.repetitions])),
    peers: Object.fromEntries(peers.map(({ name, version }) => [name, version])),
    losesReferrers: [...new Set(losing)],
    passesOnUnchecked: [...new Set(findings.flatMap(({ unchecking }) => unchecking))],
    ratio:
      'ours to the best peer that copied all of it and, where bytes passed through it, checked them; below 1 is better. Times and memory are medians; requests and bytes are counted in a run of their own',
  };
}
