import { type Row, row } from '../report.ts';
import type { Story } from './stories.ts';
import type { Moment, Seen } from './watched-deployment.ts';

/** What one kill came to. */
export interface Kill {
  readonly what: string;
  readonly activity: string;
  readonly when: Moment['when'];
  readonly seen: Seen;
}

/** What each kill came to, and which of them were not survived as they should be. */
export class Verdicts {
  readonly #faults: string[] = [];

  constructor(private readonly onProgress: (line: string) => void) {}

  /** Engines that start anew make their port rules anew, which loses requests whoever deploys what. */
  judge(story: Story, kill: Kill, isDone = true, mayLose = false): Kill {
    const { what, activity, when, seen } = kill;
    const name = `${story.name}: ${what} killed ${when === 'before' ? 'before' : 'after'} ${activity}`;
    const said = `${seen.state} in ${seen.milliseconds} ms, ${seen.lost} of ${seen.sent} lost${seen.errors.length > 0 ? ` (${seen.errors.join(', ')})` : ''}`;
    this.onProgress(`${name}: ${said}`);
    const isLost = seen.lost > 0 && !story.hasGap && !mayLose;
    const isWell = isDone && seen.state === story.ends && seen.strange === 0 && !isLost;
    if (!isWell)
      this.#faults.push(
        `${name}: ${isDone ? said : 'it never came to that'}${seen.strange > 0 ? `, ${seen.strange} answers by a stranger` : ''}`,
      );
    return kill;
  }

  /** Throws KillsFailed, naming all that were not survived. */
  end(): void {
    if (this.#faults.length > 0) throw new KillsFailed(this.#faults);
  }
}

/** What is told of the kills of one kind in one story. */
export function rowsOf({ name }: Story, what: string, kills: readonly Kill[]): readonly Row[] {
  const lost = kills.reduce((sum, { seen }) => sum + seen.lost, 0);
  const sent = kills.reduce((sum, { seen }) => sum + seen.sent, 0);
  const longest = Math.max(0, ...kills.map(({ seen }) => seen.milliseconds));
  return [
    row(`${name}, ${what}: requests lost of ${sent}`, 'requests', lost, {}),
    row(`${name}, ${what}: longest deployment`, 'ms', longest, {}),
  ];
}

/** A deployment did not survive something. */
export class KillsFailed extends Error {
  override readonly name = 'KillsFailed';

  constructor(faults: readonly string[]) {
    super(`${faults.length} kills were not survived as they should be:\n${faults.join('\n')}`);
  }
}
