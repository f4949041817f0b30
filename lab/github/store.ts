import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';

import type { RepositoryRecord } from './repository-records.ts';

export interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/** A commit status as it was posted. Times are ISO 8601 in UTC. */
export interface RecordedStatus extends RepositoryName {
  readonly kind: 'status';
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly createdAt: string;
}

export interface RecordedDeployment extends RepositoryName {
  readonly kind: 'deployment';
  readonly id: number;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string | null;
  readonly payload: unknown;
  readonly createdAt: string;
}

export interface RecordedDeploymentStatus extends RepositoryName {
  readonly kind: 'deployment-status';
  readonly id: number;
  readonly deployment: number;
  readonly state: string;
  readonly description: string;
  readonly environment: string;
  readonly logUrl: string;
  readonly environmentUrl: string;
  readonly createdAt: string;
}

/** A check run as it was made, or a change of one. */
export interface RecordedCheckRun extends RepositoryName {
  readonly kind: 'check-run';
  readonly id: number;
  /** The run that changes; null where this is a new one. */
  readonly run: number | null;
  readonly sha: string;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly externalId: string;
  readonly detailsUrl: string | null;
  readonly title: string | null;
  readonly summary: string | null;
  readonly actions: readonly { readonly label: string; readonly description: string; readonly identifier: string }[];
  readonly createdAt: string;
}

/** A check run as it is now. */
export type CheckRun = Omit<RecordedCheckRun, 'run'>;

/** What a custom deployment protection rule answered to a waiting job. */
export interface RecordedReview extends RepositoryName {
  readonly kind: 'review';
  readonly id: number;
  readonly run: number;
  readonly environment: string;
  /** `approved` or `rejected`; null is a comment alone. */
  readonly state: string | null;
  readonly comment: string;
  readonly createdAt: string;
}

export type Recorded =
  | RecordedStatus
  | RecordedDeployment
  | RecordedDeploymentStatus
  | RecordedCheckRun
  | RecordedReview
  | RepositoryRecord;
type OfKind<Kind extends Recorded['kind']> = Extract<Recorded, { kind: Kind }>;
/** What the caller knows of a record; the store gives it a number and a time. */
type Unnumbered<Part> = Part extends Recorded ? Omit<Part, 'id' | 'createdAt'> : never;

/** What the endpoint was told, in order; with a directory it is a file that the next start reads. */
export class Store {
  readonly #file: string | undefined;
  readonly #records: Recorded[] = [];

  constructor(directory: string | undefined) {
    if (directory === undefined) return;
    mkdirSync(directory, { recursive: true });
    this.#file = join(directory, 'records.jsonl');
    if (existsSync(this.#file)) this.#records.push(...readRecords(this.#file));
  }

  /** Keeps a record before its request is answered. */
  add<Kind extends Recorded['kind']>(part: Unnumbered<OfKind<Kind>> & { readonly kind: Kind }): OfKind<Kind> {
    const record = { ...part, id: this.#records.length + 1, createdAt: new Date().toISOString() } as unknown as OfKind<Kind>;
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(record)}\n`);
    this.#records.push(record);
    return record;
  }

  /** Records of a kind and a repository, oldest first. GitHub's names are not case-sensitive. */
  of<Kind extends Recorded['kind']>(kind: Kind, { owner, repo }: RepositoryName): readonly OfKind<Kind>[] {
    const wanted = `${owner}/${repo}`.toLowerCase();
    return this.#records.filter(
      (record): record is OfKind<Kind> => record.kind === kind && `${record.owner}/${record.repo}`.toLowerCase() === wanted,
    );
  }
}

/** A last line without its end was never acknowledged: its process was killed while it wrote. */
function readRecords(file: string): readonly Recorded[] {
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole !== text) truncateSync(file, Buffer.byteLength(whole));
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Recorded);
}
