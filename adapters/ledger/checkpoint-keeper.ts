import { randomUUID } from 'node:crypto';
import { type Checkpoint, openCheckpoint, parseCheckpoint, printCheckpoint } from '../../domain/audit/checkpoint.ts';
import { parseNote } from '../../domain/audit/signed-note.ts';
import { rootAt } from '../../domain/merkle/proofs.ts';
import { sameHash } from '../../domain/merkle/tree-hash.ts';
import { bindKey, ledgerSigner } from './bound-key.ts';
import { CHECKPOINT_STATEMENTS } from './checkpoint-statements.ts';
import type { Database, Transaction } from './database.ts';
import { LedgerDiffers, LedgerKeyUnfit, LedgerShorter } from './errors.ts';
import { LEDGER_TREE } from './hashing.ts';
import { makeSigningKey, type NoteSigner, readSigningKey } from './note-keys.ts';
import { filePlace } from './places/file-place.ts';
import type { CheckpointPlace } from './places/place.ts';
import { Publication } from './publication.ts';
import { type Reader, readEnd, storedNodes } from './tree-rows.ts';

/** When checkpoints are signed, by which key, and where they go. */
export interface CheckpointSettings {
  /** Which ledger it is: the first line of each checkpoint, and the name of the key. */
  readonly origin: string;
  /** The private key; made when it is not there yet. */
  readonly keyFile: string;
  /** Beside the database, so that a restored backup is noticed. */
  readonly markFile: string;
  /** After so many records, */
  readonly every: number;
  /** and after so long, where there are new ones. */
  readonly afterMs: number;
  readonly places: readonly CheckpointPlace[];
  /** So long a promotion waits for places that do not answer: an outage there must not become one of ours. 4 s. */
  readonly patienceMs?: number;
  /** Told of places that cannot be written or read. */
  readonly warn: (line: string) => void;
}

const IN_DATABASE = 'the database';

type Settings = Omit<CheckpointSettings, 'markFile'>;

/** Signs what the ledger is, and never twice what does not fit together. */
export class CheckpointKeeper {
  readonly #database: Database;
  readonly #settings: Settings;
  readonly #signer: NoteSigner;
  readonly #mark: CheckpointPlace;
  readonly #timer: NodeJS.Timeout;
  readonly #publication: Publication;
  #signed: number;
  /** What was signed here last: as long as nothing was added it is given again, without a turn as the only writer. */
  #latest: { readonly note: string; readonly size: number } | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #isDue = false;

  private constructor(database: Database, settings: Settings, signer: NoteSigner, mark: CheckpointPlace, signed = 0) {
    this.#database = database;
    this.#settings = settings;
    this.#signer = signer;
    this.#signed = signed;
    this.#mark = mark;
    const { places, warn, origin } = settings;
    const newest = () => readLast(database, origin);
    this.#publication = new Publication({ places, warn, newest, replaces: (note, there) => this.#isNewer(note, there) });
    this.#timer = setInterval(() => this.#schedule(), settings.afterMs).unref();
  }

  /**
   * Compares the ledger with every checkpoint of it that can be found: in the database, beside it, and where they were published.
   * Throws LedgerShorter, LedgerDiffers, LedgerKeyUnfit.
   */
  static async open(database: Database, settings: CheckpointSettings): Promise<CheckpointKeeper> {
    const last = await readLast(database, settings.origin);
    const signer = await ledgerSigner(database, settings, last !== undefined);
    const mark = filePlace(settings.markFile);
    const own = [...(last === undefined ? [] : [{ where: IN_DATABASE, note: last }]), ...(await readPlaces([mark], settings))];
    const published = await readPlaces(settings.places, settings);
    const compared = [
      ...own.map((found) => ({ ...found, checkpoint: ofThisLedger(found, signer, settings) })),
      ...published.map((found) => ({ ...found, checkpoint: ifOfThisLedger(found, signer, settings) })),
    ];
    for (const { where, checkpoint } of compared) if (checkpoint !== undefined) await compare(database, database.place, checkpoint, where);
    const signed = compared.find(({ where }) => where === IN_DATABASE)?.checkpoint?.size ?? 0;
    await bindKey(database, signer, settings);
    const keeper = new CheckpointKeeper(database, settings, signer, mark, signed);
    if (last !== undefined) keeper.#publication.owe(last);
    return keeper;
  }

  /** By a key that ends with the process: nothing is kept, and no start is compared with one before. */
  static ofThisProcess(database: Database): CheckpointKeeper {
    const origin = `tidegate/${randomUUID()}`;
    const signer = readSigningKey(makeSigningKey(origin));
    if (signer === undefined) throw new TypeError('A key that was just made cannot be read');
    const nowhere: CheckpointPlace = { name: 'nowhere', publish: async () => undefined, read: async () => undefined };
    const settings = {
      origin,
      keyFile: 'of this process',
      every: Number.POSITIVE_INFINITY,
      afterMs: 2 ** 31 - 1,
      places: [],
      warn: () => undefined,
    };
    return new CheckpointKeeper(database, settings, signer, nowhere);
  }

  get verifierKey(): string {
    return this.#signer.verifierKey;
  }

  get origin(): string {
    return this.#settings.origin;
  }

  /** To be told how many records there are. */
  noticeSize(size: number): void {
    if (size - this.#signed >= this.#settings.every) this.#schedule();
  }

  /** The checkpoint of all records that are there now, signed; one that was signed is given again. Throws LedgerShorter, LedgerDiffers, LedgerKeyUnfit. */
  async sign(): Promise<{ readonly note: string; readonly size: number }> {
    const latest = this.#latest;
    if (latest !== undefined && (await readEnd(this.#database)).size === latest.size) return latest;
    const signed = await this.#database.transaction((transaction) => this.#signIn(transaction));
    if (signed.size > this.#signed) this.#publication.owe(signed.note);
    this.#signed = Math.max(this.#signed, signed.size);
    this.#latest = signed;
    return signed;
  }

  /**
   * Signs all that is there now and has it published, before anybody acts on it. Places that do not answer are waited for a few seconds, told of, and
   * tried again later. Throws LedgerShorter, LedgerDiffers, LedgerKeyUnfit.
   */
  async seal(): Promise<void> {
    await this.sign();
    await this.#publication.deliverWithin(this.#settings.patienceMs ?? 4_000);
  }

  async #signIn(transaction: Transaction): Promise<{ readonly note: string; readonly size: number }> {
    const { origin } = this.#settings;
    const { size } = await readEnd(transaction);
    const last = await readLast(transaction, origin);
    const before = last === undefined ? undefined : this.#ours(last);
    if (before !== undefined) await compare(transaction, this.#database.place, before, IN_DATABASE);
    if (last !== undefined && before?.size === size) return this.#keepMark(transaction, { note: last, size });
    const root = await rootAt(size, storedNodes(transaction), LEDGER_TREE);
    const note = this.#signer.sign(printCheckpoint({ origin, size, root }));
    await transaction.write([CHECKPOINT_STATEMENTS.insert(origin, size, note)]);
    return this.#keepMark(transaction, { note, size });
  }

  /** While nobody else writes: of two processes neither puts an older mark over a newer one. One of more records than there are says that some were cut off. */
  async #keepMark(transaction: Transaction, signed: { readonly note: string; readonly size: number }): Promise<typeof signed> {
    const there = await this.#mark.read();
    const marked = there === undefined ? undefined : openCheckpoint(there, this.#signer.verifier);
    if (marked !== undefined && marked.size > signed.size) await compare(transaction, this.#database.place, marked, this.#mark.name);
    if (there !== signed.note) await this.#mark.publish(signed.note);
    return signed;
  }

  /** Nothing is signed after what another key signed: two histories of one ledger could be begun so. */
  #ours(note: string): Checkpoint {
    const checkpoint = openCheckpoint(note, this.#signer.verifier);
    if (checkpoint === undefined)
      throw new LedgerKeyUnfit(this.#settings.keyFile, 'the last checkpoint was signed with another key, or edited');
    return checkpoint;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#work = this.#work.then(() => this.#signAndPublish());
  }

  async #signAndPublish(): Promise<void> {
    this.#isDue = false;
    try {
      await this.sign();
    } catch (error) {
      this.#settings.warn(`No checkpoint of the ledger was signed: ${wordsOf(error)}`);
    }
    await this.#publication.deliver();
  }

  /** What our key did not sign is replaced too. */
  #isNewer(note: string, there: string): boolean {
    const [ours, theirs] = [note, there].map((one) => openCheckpoint(one, this.#signer.verifier)?.size ?? -1);
    return Number(ours) > Number(theirs);
  }
}

async function readLast(reader: Reader, origin: string): Promise<string | undefined> {
  const [row] = await reader.read(CHECKPOINT_STATEMENTS.last(origin));
  return row === undefined ? undefined : String(row.note);
}

async function readPlaces(places: readonly CheckpointPlace[], { warn }: CheckpointSettings): Promise<readonly FoundNote[]> {
  const notes = await Promise.all(
    places.map(async (place) => {
      try {
        const note = await place.read();
        return note === undefined ? [] : [{ where: place.name, note }];
      } catch (error) {
        warn(`The ledger could not be compared with the checkpoint at ${place.name}: ${wordsOf(error)}`);
        return [];
      }
    }),
  );
  return notes.flat();
}

interface FoundNote {
  readonly where: string;
  readonly note: string;
}

/** What another ledger left there is not ours to be compared with. Throws LedgerKeyUnfit where it says that it is of this one, by another key. */
function ofThisLedger(found: FoundNote, signer: NoteSigner, settings: CheckpointSettings): Checkpoint | undefined {
  const { origin, keyFile } = settings;
  const claimed = parseCheckpoint(parseNote(found.note)?.text ?? '');
  if (claimed?.origin === origin && openCheckpoint(found.note, signer.verifier) === undefined)
    throw new LedgerKeyUnfit(keyFile, `the checkpoint of ${found.where} was signed with another key, or edited`);
  return ifOfThisLedger(found, signer, settings);
}

/** Others may write where it is published: what our key did not sign proves nothing, and keeps nobody from starting. */
function ifOfThisLedger({ note, where }: FoundNote, signer: NoteSigner, { origin, warn }: CheckpointSettings): Checkpoint | undefined {
  const checkpoint = openCheckpoint(note, signer.verifier);
  if (checkpoint === undefined) warn(`What is at ${where} is no checkpoint of the ledger ${origin} by its key: look who changed it`);
  return checkpoint;
}

/** Throws LedgerShorter, LedgerDiffers. */
async function compare(reader: Reader, place: string, { size, root }: Checkpoint, where: string): Promise<void> {
  const end = await readEnd(reader);
  if (end.size < size) throw new LedgerShorter(place, end.size, { size, where });
  if (!sameHash(await rootAt(size, storedNodes(reader), LEDGER_TREE), root)) throw new LedgerDiffers(place, { size, where });
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
