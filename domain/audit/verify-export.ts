import type { HashFunction } from '../canonical.ts';
import { append, type Frontier, NO_LEAVES, rootOf } from '../merkle/frontier.ts';
import { type Hash, sameHash, type TreeHash } from '../merkle/tree-hash.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { type ExportedRecord, type ExportHeader, parseLine } from './export-lines.ts';
import { isUnaltered, leafText } from './record.ts';
import type { NoteVerifier } from './signed-note.ts';

/** What an export is checked with. */
export interface ExportTrust {
  /** The key that its checkpoints must be signed with; undefined for a key that cannot be read. */
  verifier(key: string): NoteVerifier | undefined;
  /** A checkpoint that was kept elsewhere, and that the export must contain. */
  readonly kept?: Checkpoint;
  readonly hash: HashFunction;
  readonly tree: TreeHash;
  readonly toHex: (hash: Hash) => string;
  readonly toBytes: (text: string) => Uint8Array;
}

export type ExportVerdict =
  | { readonly kind: 'whole'; readonly checkpoint: Checkpoint; readonly key: string; readonly erased: number }
  /** `record` is the first that is not as it was written, where a single one can be named. */
  | { readonly kind: 'broken'; readonly line: number; readonly record?: number; readonly reason: string };

type Broken = Extract<ExportVerdict, { kind: 'broken' }>;

/** Reads an export line by line, and stops at the first fault. Needs memory for what was erased alone. */
export class ExportVerifier {
  readonly #trust: ExportTrust;
  #frontier: Frontier = NO_LEAVES;
  #line = 0;
  #header: { readonly header: ExportHeader; readonly verifier: NoteVerifier; readonly last: Checkpoint } | undefined;
  #checkpoints = 0;
  /** The last size that a checkpoint vouched for. */
  #vouched = 0;
  /** Records without their personal part, until a later record says that it was erased. */
  readonly #unexplained = new Map<number, number>();
  #erased = 0;
  #broken: Broken | undefined;

  constructor(trust: ExportTrust) {
    this.#trust = trust;
  }

  /** Takes the next line, without its end. False once a fault was found: no further line changes that. */
  take(text: string): boolean {
    this.#line += 1;
    const reason = this.#broken === undefined ? this.#look(text) : undefined;
    if (typeof reason === 'object') this.#broken = { kind: 'broken', line: this.#line, ...reason };
    return this.#broken === undefined;
  }

  /** What came of it. `endsWell`: the last line had its end. */
  finish(endsWell: boolean): ExportVerdict {
    const broken = this.#broken ?? this.#lookAtEnd(endsWell);
    if (broken !== undefined || this.#header === undefined) return broken ?? this.#end('it is empty');
    return { kind: 'whole', checkpoint: this.#header.last, key: this.#header.header.key, erased: this.#erased };
  }

  #look(text: string): Fault | undefined {
    const line = parseLine(text);
    if (line === undefined) return { ...this.#next(), reason: 'the line is not as an export has it' };
    if (this.#header === undefined) return line.kind === 'header' ? this.#begin(line.header) : { reason: 'the first line is no header' };
    if (line.kind === 'header') return { reason: 'there is a second header' };
    return line.kind === 'record' ? this.#addRecord(line.record) : this.#compare(line.note, this.#header.verifier);
  }

  #begin(header: ExportHeader): Fault | undefined {
    const verifier = this.#trust.verifier(header.key);
    if (verifier === undefined) return { reason: 'its key is not the one that it is to be checked with' };
    const last = openCheckpoint(header.checkpoint, verifier);
    if (last === undefined) return { reason: 'the checkpoint in its header is not signed by the key' };
    this.#header = { header, verifier, last };
    const { kept } = this.#trust;
    if (kept !== undefined && kept.size > last.size)
      return { record: last.size + 1, reason: `it has ${last.size} records, and the checkpoint that you kept is of ${kept.size}` };
    return this.#compareKept();
  }

  #addRecord(record: ExportedRecord): Fault | undefined {
    const expected = this.#frontier.size + 1;
    if (record.sequence !== expected)
      return { record: expected, reason: `record ${expected} is missing; record ${record.sequence} stands in its place` };
    if (!isUnaltered(record, this.#trust.hash)) return { record: expected, reason: 'who did it, how they were known, or why, was changed' };
    const leaf = this.#trust.tree.leaf(this.#trust.toBytes(leafText(record, this.#trust.hash)));
    if (this.#trust.toHex(leaf) !== record.hash) return { record: expected, reason: 'its content and its hash do not fit' };
    if (record.personal === undefined) this.#unexplained.set(record.sequence, this.#line);
    this.#explain(record);
    this.#frontier = append(this.#frontier, leaf, this.#trust.tree).frontier;
    return this.#compareKept();
  }

  #explain({ facts }: ExportedRecord): void {
    if (facts.action !== 'personal-data-erased') return;
    for (const name of facts.names ?? []) if (this.#unexplained.delete(Number(name))) this.#erased += 1;
  }

  #compare(note: string, verifier: NoteVerifier): Fault | undefined {
    this.#checkpoints += 1;
    const checkpoint = openCheckpoint(note, verifier);
    if (checkpoint === undefined) return { reason: 'the checkpoint is not signed by the key' };
    return this.#compareWith(checkpoint, 'a checkpoint');
  }

  #compareKept(): Fault | undefined {
    const { kept } = this.#trust;
    return kept?.size === this.#frontier.size ? this.#compareWith(kept, 'the checkpoint that you kept') : undefined;
  }

  #compareWith({ size, root }: Checkpoint, what: string): Fault | undefined {
    const seen = this.#frontier.size;
    if (size !== seen)
      return { ...(size > seen && { record: seen + 1 }), reason: `${what} of ${size} records stands after record ${seen}` };
    if (!sameHash(root, rootOf(this.#frontier, this.#trust.tree))) return this.#forged(what, size);
    this.#vouched = size;
    return undefined;
  }

  /** Content and hash were changed together: only that it is one of these can be told. */
  #forged(what: string, size: number): Fault {
    const first = this.#vouched + 1;
    return {
      ...(first === size && { record: size }),
      reason: `the records ${first} to ${size} are not those of ${what}: one of them was changed together with its hash`,
    };
  }

  #lookAtEnd(endsWell: boolean): Broken | undefined {
    if (this.#header === undefined) return this.#end('it is empty');
    const { last, header } = this.#header;
    if (!endsWell) return this.#end('its last line is cut off', this.#frontier.size);
    if (this.#frontier.size !== last.size) {
      const record = Math.min(this.#frontier.size, last.size) + 1;
      return this.#end(`it has ${this.#frontier.size} records, and its checkpoint is of ${last.size}`, record);
    }
    const fault = this.#compareWith(last, 'the checkpoint in its header');
    if (fault !== undefined) return { kind: 'broken', line: this.#line, ...fault };
    if (this.#checkpoints !== header.checkpoints)
      return this.#end(`of ${header.checkpoints} earlier checkpoints it has ${this.#checkpoints}`);
    return this.#firstUnexplained();
  }

  #firstUnexplained(): Broken | undefined {
    for (const [record, line] of this.#unexplained)
      return { kind: 'broken', line, record, reason: 'who did it and why is missing, and no later record says that it was erased' };
    return undefined;
  }

  #next(): Pick<Fault, 'record'> {
    return this.#header === undefined || this.#frontier.size >= this.#header.last.size ? {} : { record: this.#frontier.size + 1 };
  }

  #end(reason: string, record?: number): Broken {
    return { kind: 'broken', line: this.#line, ...(record !== undefined && { record }), reason };
  }
}

interface Fault {
  readonly record?: number;
  readonly reason: string;
}
