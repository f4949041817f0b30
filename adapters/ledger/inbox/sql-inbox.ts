import { createHash } from 'node:crypto';
import type { ClaimedDelivery, DeliveryState, KeptDelivery, ReceivedDelivery, Settlement } from '../../../domain/inbox/delivery.ts';
import type { Database, Row } from '../database.ts';
import { Drainer } from './drainer.ts';
import { readClaimed, readKept } from './inbox-rows.ts';
import { INBOX_STATEMENTS, SUSPECT } from './inbox-statements.ts';
import type { ClaimRoom, InboxStore } from './inbox-store.ts';
import { settling } from './settling.ts';
import { WrittenTogether } from './written-together.ts';

const DAY_MS = 86_400_000;
/** Longer than Temporal keeps what has ended, and than GitHub can send a delivery again. */
const REMEMBERED_MS = 90 * DAY_MS;
/** As long as GitHub itself keeps what it sent. */
const BODIES_MS = 3 * DAY_MS;

/** The inbox in a database of SQL. */
export class SqlInbox implements InboxStore {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #branches: number;
  readonly #drainer: Drainer;
  readonly #changes: WrittenTogether;

  constructor(database: Database, { now, holder, branches }: { now: () => Date; holder: string; branches: number }) {
    this.#database = database;
    this.#now = now;
    this.#branches = branches;
    this.#drainer = new Drainer(holder);
    this.#changes = new WrittenTogether(database);
  }

  async receive(delivery: ReceivedDelivery): Promise<{ readonly isNew: boolean }> {
    const content = delivery.isRepeatable ? '' : createHash('sha256').update(delivery.body).digest('hex');
    let isNew = false;
    await this.#changes.write(async (transaction) => {
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
    if (this.#drainer.hasDrained && !(await isDue())) return [];
    let rows: readonly Row[] = [];
    await this.#changes.write(async (transaction) => {
      rows = [];
      if (!(await this.#drainer.drains(transaction, now, leaseMs))) return;
      const positions = fitting(await transaction.read(INBOX_STATEMENTS.due(now, room)), room);
      if (positions.length === 0) return;
      rows = await transaction.read(INBOX_STATEMENTS.whole(positions));
      await transaction.write(positions.map((position) => INBOX_STATEMENTS.claim(position, now + leaseMs, this.#drainer.life)));
    });
    return rows.map(readClaimed);
  }

  async oldestDue(): Promise<{ readonly number: number; readonly dueAt: string } | undefined> {
    const [row] = await this.#database.read(INBOX_STATEMENTS.oldestDue(this.#now().getTime()));
    return row && { number: Number(row.position), dueAt: new Date(Number(row.due_at)).toISOString() };
  }

  async renew(leaseMs: number): Promise<void> {
    await this.#changes.write((transaction) =>
      transaction.write([INBOX_STATEMENTS.renew(this.#drainer.life, this.#now().getTime() + leaseMs)]),
    );
  }

  async putBack(number: number, lane: string): Promise<void> {
    const back = INBOX_STATEMENTS.putBack(number, lane, this.#drainer.life, this.#now().getTime());
    await this.#changes.write((transaction) => transaction.write([back]));
  }

  async leave(): Promise<void> {
    await this.renew(0);
  }

  async settle(number: number, settlement: Settlement): Promise<void> {
    await this.#changes.write((transaction) => transaction.write(settling(number, settlement, this.#now())));
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
    await this.#changes.write((transaction) => transaction.write([INBOX_STATEMENTS.setHead(place, head, this.#now().toISOString())]));
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
    await this.#changes.write((transaction) => transaction.write(again));
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
    await this.#changes.write((transaction) => transaction.write(old));
  }

  close(): void {
    this.#database.close();
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
