import { createHash, randomUUID } from 'node:crypto';
import { setImmediate as gathered } from 'node:timers/promises';
import type { ClaimedDelivery, DeliveryState, KeptDelivery, ReceivedDelivery, Settlement } from '../../../domain/inbox/delivery.ts';
import type { Database, Row, Statement, Transaction } from '../database.ts';
import { INBOX_STATEMENTS, SUSPECT } from './inbox-statements.ts';
import type { ClaimRoom, InboxStore } from './inbox-store.ts';

const DAY_MS = 86_400_000;
/** Longer than Temporal keeps what has ended, and than GitHub can send a delivery again. */
const REMEMBERED_MS = 90 * DAY_MS;
/** As long as GitHub itself keeps what it sent. */
const BODIES_MS = 3 * DAY_MS;

type Work = (transaction: Transaction) => Promise<void>;

interface Change {
  readonly work: Work;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** The inbox in a database of SQL. Changes that come while one is being written are written together: one commit of the disk for all of them. */
export class SqlInbox implements InboxStore {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #holder: string;
  readonly #branches: number;
  readonly #life = randomUUID();
  #hasDrained = false;
  #waiting: Change[] = [];
  #writing = false;

  constructor(database: Database, { now, holder, branches }: { now: () => Date; holder: string; branches: number }) {
    this.#database = database;
    this.#now = now;
    this.#holder = holder;
    this.#branches = branches;
  }

  async receive(delivery: ReceivedDelivery): Promise<{ readonly isNew: boolean }> {
    const content = delivery.isRepeatable ? '' : createHash('sha256').update(delivery.body).digest('hex');
    let isNew = false;
    await this.#together(async (transaction) => {
      const [known] = content === '' ? [] : await transaction.read(INBOX_STATEMENTS.twin(delivery.source, content));
      const twin = known?.twin ?? undefined;
      const kept =
        twin === undefined
          ? ({ state: 'waiting', detail: '', body: delivery.body } as const)
          : ({ state: 'ignored', detail: `delivery ${twin} told the same in the same words`, body: '' } as const);
      const written = await transaction.read(INBOX_STATEMENTS.receive(delivery, { ...kept, content }, this.#now()));
      isNew = written.length > 0 && twin === undefined;
    });
    return { isNew };
  }

  async claim(room: ClaimRoom, leaseMs: number): Promise<readonly ClaimedDelivery[]> {
    const now = this.#now().getTime();
    // Most of the time nothing is due, and nothing needs to be written to know that.
    const isDue = async () => (await this.#database.read(INBOX_STATEMENTS.due(now, { ...room, limit: 1 }))).length > 0;
    if (this.#hasDrained && !(await isDue())) return [];
    let rows: readonly Row[] = [];
    await this.#together(async (transaction) => {
      rows = [];
      if (!(await this.#drains(transaction, now, leaseMs))) return;
      const positions = fitting(await transaction.read(INBOX_STATEMENTS.due(now, room)), room);
      if (positions.length === 0) return;
      rows = await transaction.read(INBOX_STATEMENTS.whole(positions));
      await transaction.write(positions.map((position) => INBOX_STATEMENTS.claim(position, now + leaseMs, this.#life)));
    });
    return rows.map(readClaimed);
  }

  async oldestDue(): Promise<{ readonly number: number; readonly dueAt: string } | undefined> {
    const [row] = await this.#database.read(INBOX_STATEMENTS.oldestDue(this.#now().getTime()));
    return row && { number: Number(row.position), dueAt: new Date(Number(row.due_at)).toISOString() };
  }

  async renew(leaseMs: number): Promise<void> {
    await this.#together((transaction) => transaction.write([INBOX_STATEMENTS.renew(this.#life, this.#now().getTime() + leaseMs)]));
  }

  async putBack(number: number, lane: string): Promise<void> {
    const back = INBOX_STATEMENTS.putBack(number, lane, this.#life, this.#now().getTime());
    await this.#together((transaction) => transaction.write([back]));
  }

  async leave(): Promise<void> {
    await this.renew(0);
  }

  async settle(number: number, settlement: Settlement): Promise<void> {
    await this.#together((transaction) => transaction.write(this.#settling(number, settlement)));
  }

  async handled(subject: string): Promise<number | undefined> {
    const [row] = await this.#database.read(INBOX_STATEMENTS.handled(subject));
    return row && Number(row.position);
  }

  async head(place: string): Promise<string | undefined> {
    const [row] = await this.#database.read(INBOX_STATEMENTS.head(place));
    return row && String(row.head);
  }

  async setHead(place: string, head: string): Promise<void> {
    await this.#together((transaction) => transaction.write([INBOX_STATEMENTS.setHead(place, head, this.#now().toISOString())]));
  }

  async list(page: { readonly state?: DeliveryState; readonly limit: number; readonly before?: number }) {
    const before = page.before ?? Number.MAX_SAFE_INTEGER;
    const rows = await this.#database.read(INBOX_STATEMENTS.list(before, page.limit + 1, page.state));
    const deliveries = rows.slice(0, page.limit).map(readKept);
    const last = deliveries.at(-1);
    return { deliveries, ...(last !== undefined && rows.length > page.limit && { next: last.number }) };
  }

  async find(number: number): Promise<(KeptDelivery & { readonly body: string }) | undefined> {
    const [row] = await this.#database.read(INBOX_STATEMENTS.one(number));
    return row && { ...readKept(row), body: String(row.body) };
  }

  async isKnown(source: string, id: string): Promise<boolean> {
    return (await this.#database.read(INBOX_STATEMENTS.known(source, id))).length > 0;
  }

  async replay(number: number, detail: string): Promise<void> {
    const again = [INBOX_STATEMENTS.forget(number), INBOX_STATEMENTS.again(number, this.#now().getTime(), detail)];
    await this.#together((transaction) => transaction.write(again));
  }

  async prune(): Promise<void> {
    const before = (age: number) => new Date(this.#now().getTime() - age).toISOString();
    const old = [
      INBOX_STATEMENTS.emptyBodies(before(BODIES_MS)),
      INBOX_STATEMENTS.prune(before(REMEMBERED_MS)),
      INBOX_STATEMENTS.pruneSubjects(before(REMEMBERED_MS)),
      INBOX_STATEMENTS.pruneAnswers(before(REMEMBERED_MS)),
      INBOX_STATEMENTS.pruneBranches(before(REMEMBERED_MS), this.#branches),
    ];
    await this.#together((transaction) => transaction.write(old));
  }

  close(): void {
    this.#database.close();
  }

  /** Whether this server is the one that drains: it was, or the other's time has ended, or the other was this one in an earlier life. */
  async #drains(transaction: Transaction, now: number, leaseMs: number): Promise<boolean> {
    const [drainer] = await transaction.read(INBOX_STATEMENTS.drainer());
    const isOurs = drainer?.life === this.#life;
    const isFree = drainer === undefined || Number(drainer.ends_at) <= now || (!this.#hasDrained && drainer.holder === this.#holder);
    if (!isOurs && !isFree) return false;
    await transaction.write([
      ...(isOurs ? [] : [INBOX_STATEMENTS.letGo(now)]),
      INBOX_STATEMENTS.drain(this.#holder, this.#life, now + leaseMs),
    ]);
    this.#hasDrained = true;
    return true;
  }

  #settling(number: number, settlement: Settlement): Statement[] {
    const { detail } = settlement;
    const now = this.#now();
    switch (settlement.state) {
      case 'later':
        return [INBOX_STATEMENTS.later(number, now.getTime() + settlement.afterMs, detail)];
      case 'failed':
        return [INBOX_STATEMENTS.failed(number, now.getTime() + settlement.afterMs, detail)];
      case 'parked':
        return [INBOX_STATEMENTS.end(number, 'parked', detail)];
      default: {
        const { subject } = settlement;
        const remembered = subject === undefined ? [] : [INBOX_STATEMENTS.remember(subject, number, now.toISOString())];
        return [INBOX_STATEMENTS.end(number, settlement.state, detail), ...remembered];
      }
    }
  }

  #together(work: Work): Promise<void> {
    const written = new Promise<void>((done, failed) => this.#waiting.push({ work, done, failed }));
    if (!this.#writing) void this.#writeAll();
    return written;
  }

  async #writeAll(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      // Whatever has come to this process by now is read first: SQLite writes while nothing else happens here, and else each would be written alone.
      await gathered();
      await this.#write(this.#waiting.splice(0));
    }
    this.#writing = false;
  }

  /** What the database refuses of one is no reason to refuse the others; where it refuses two, it is the database. */
  async #write(batch: readonly Change[]): Promise<void> {
    const failure = await this.#commit(batch);
    if (failure === undefined) return;
    let refused = 0;
    for (const change of batch) {
      const own = refused > 1 || batch.length === 1 ? failure : await this.#commit([change]);
      if (own === undefined) continue;
      refused += 1;
      change.failed(own.error);
    }
  }

  async #commit(changes: readonly Change[]): Promise<{ readonly error: unknown } | undefined> {
    try {
      await this.#database.transaction(async (transaction) => {
        for (const { work } of changes) await work(transaction);
      });
    } catch (error) {
      return { error };
    }
    for (const { done } of changes) done();
    return undefined;
  }
}

/** The oldest for which there is room. */
function fitting(rows: readonly Row[], { characters, except }: ClaimRoom): readonly number[] {
  const chosen: number[] = [];
  let [room, suspects] = [characters, 0];
  for (const row of rows) {
    const isSuspect = Number(row.attempts) >= SUSPECT;
    if (isSuspect && suspects > 0) continue;
    room -= Number(row.size);
    if (room < 0 && chosen.length + except.length > 0) break;
    suspects += isSuspect ? 1 : 0;
    chosen.push(Number(row.position));
  }
  return chosen;
}

function readClaimed(row: Row): ClaimedDelivery {
  return {
    number: Number(row.position),
    source: String(row.source),
    id: String(row.id),
    event: String(row.event),
    contentType: String(row.content_type),
    body: String(row.body),
    receivedAt: String(row.received_at),
    attempts: Number(row.attempts) + 1,
  };
}

function readKept(row: Row): KeptDelivery {
  const state = String(row.state) as DeliveryState;
  return {
    number: Number(row.position),
    source: String(row.source),
    id: String(row.id),
    event: String(row.event),
    receivedAt: String(row.received_at),
    state,
    attempts: Number(row.attempts),
    detail: String(row.detail),
    ...(state === 'waiting' && { dueAt: new Date(Number(row.due_at)).toISOString() }),
  };
}
