import type { Heard } from './answers.ts';
import type { Route } from './routes.ts';

/** One request, as far as it has come. */
export interface RecordedRequest {
  readonly operation: Route['operation'];
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly repository: string | undefined;
  /** Of the answer that was begun; undefined when none was. */
  readonly status: number | undefined;
  /** Bytes of bodies that came and went. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** How somebody showed who they are; what they showed is not kept. */
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

/** Bytes of blobs that came and went. */
export interface Moved {
  readonly in: number;
  readonly out: number;
}

const BLOB_READS: readonly string[] = ['getBlob', 'elsewhere'];
const BLOB_WRITES: readonly string[] = ['openUpload', 'mountBlob', 'sendChunk', 'finishUpload'];

/** What was asked, and what it cost. */
export class Journal {
  readonly #entries: { -readonly [K in keyof RecordedRequest]: RecordedRequest[K] }[] = [];

  open(asked: Heard, route: Route) {
    const entry = {
      operation: route.operation,
      method: asked.method,
      path: asked.url.pathname + asked.url.search,
      repository: route.name,
      status: undefined as number | undefined,
      bytesIn: 0,
      bytesOut: 0,
      authorization: asked.headers.authorization?.split(' ')[0]?.toLowerCase(),
      range: asked.headers.range ?? asked.headers['content-range'],
    };
    this.#entries.push(entry);
    return entry;
  }

  requests(): readonly RecordedRequest[] {
    return this.#entries.map((entry) => ({ ...entry }));
  }

  moved(): Moved {
    const sum = (operations: readonly string[], way: 'bytesIn' | 'bytesOut') =>
      this.#entries
        .filter(({ operation, status }) => operations.includes(operation) && isContent(way, status))
        .reduce((total, entry) => total + entry[way], 0);
    return { in: sum(BLOB_WRITES, 'bytesIn'), out: sum(BLOB_READS, 'bytesOut') };
  }

  forget(): void {
    this.#entries.length = 0;
  }
}

/** The text of a refusal is no blob. */
function isContent(way: 'bytesIn' | 'bytesOut', status: number | undefined): boolean {
  return way === 'bytesIn' || status === 200 || status === 206;
}

export type Entry = ReturnType<Journal['open']>;
