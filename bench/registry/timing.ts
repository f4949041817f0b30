import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../../lab/command.ts';
import { median } from '../report.ts';
import type { Contender } from './contender.ts';
import { inspectTarget } from './inspection.ts';
import type { Usage } from './measured-command.ts';
import type { Transfer } from './peers.ts';
import type { Subject } from './subjects.ts';

/** Where from and where to, each `HOST:PORT`. */
export interface Route {
  readonly name: string;
  readonly source: string;
  readonly target: string;
}

/** What one contender needed for one subject on one route. */
export interface Result {
  readonly contender: string;
  /** To a repository that nobody has written to before. */
  readonly cold: Usage;
  /** The same again: everything is there. */
  readonly repeated: Usage;
  readonly keepsReferrers: boolean;
}

/**
 * Lets all contenders copy a subject, one after the other, as often as the subject says; each round begins with another one, and a
 * round before them is not timed. The results are medians. Throws CopyIncomplete when what arrived is not what was sent.
 */
export async function timeCopies(
  contenders: readonly Contender[],
  subject: Subject,
  route: Route,
  folder: string,
): Promise<readonly Result[]> {
  const rounds = new Map<string, Omit<Result, 'contender'>[]>(contenders.map(({ name }) => [name, []]));
  if (subject.rehearsed)
    for (const contender of contenders) await contender.copy(await freshTransfer(contender.name, subject, route, folder));
  for (let round = 0; round < subject.repetitions; round += 1) {
    for (const contender of rotated(contenders, round)) {
      const transfer = await freshTransfer(contender.name, subject, route, folder);
      rounds.get(contender.name)?.push(await copyTwice(contender, subject, transfer));
    }
  }
  return [...rounds].map(([contender, seen]) => ({
    contender,
    cold: medianUsage(seen.map(({ cold }) => cold)),
    repeated: medianUsage(seen.map(({ repeated }) => repeated)),
    keepsReferrers: seen.every(({ keepsReferrers }) => keepsReferrers),
  }));
}

async function copyTwice(contender: Contender, subject: Subject, transfer: Transfer): Promise<Omit<Result, 'contender'>> {
  // What others have written must not be on its way to the disk in somebody else's time.
  await runCommand('sync', []);
  const cold = await contender.copy(transfer);
  const repeated = await contender.copy(transfer);
  const target = transfer.to.slice(0, transfer.to.lastIndexOf(':'));
  const arrived = await inspectTarget(target, subject);
  if (!arrived.image) throw new CopyIncomplete(contender.name, transfer, subject.digest);
  return { cold, repeated, keepsReferrers: arrived.referrers };
}

let places = 0;

/** To a repository of its own. */
export async function freshTransfer(contender: string, subject: Subject, route: Route, folder: string): Promise<Transfer> {
  places += 1;
  const name = `${contender.replaceAll(/[^a-z]/g, '-')}-${places}`;
  const home = join(folder, 'homes', name);
  await mkdir(home, { recursive: true });
  return { from: `${route.source}/${subject.path}@${subject.digest}`, to: `${route.target}/copied/${name}:${subject.tag}`, home };
}

function rotated<T>(list: readonly T[], by: number): readonly T[] {
  const first = by % list.length;
  return [...list.slice(first), ...list.slice(0, first)];
}

function medianUsage(seen: readonly Usage[]): Usage {
  return {
    wallMs: median(seen.map(({ wallMs }) => wallMs)),
    cpuMs: median(seen.map(({ cpuMs }) => cpuMs)),
    peakMb: median(seen.map(({ peakMb }) => peakMb)),
  };
}

export class CopyIncomplete extends Error {
  override readonly name = 'CopyIncomplete';

  constructor(contender: string, { from, to }: Transfer, digest: string) {
    super(`Expected ${to} to be ${digest} after ${contender} had copied ${from}, and it is not: there is nothing to measure`);
  }
}
