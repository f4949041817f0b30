import { randomUUID } from 'node:crypto';
import type { Transaction } from '../database.ts';
import { INBOX_STATEMENTS } from './inbox-statements.ts';

/** One life of a server that may take deliveries out of the inbox: one server at a time does. */
export class Drainer {
  readonly life = randomUUID();
  /** Whether this life was ever the one that does. */
  hasDrained = false;

  /** `holder` is what the server is called in each of its lives. */
  constructor(private readonly holder: string) {}

  /** Whether this server is the one that drains: it was, or the other's time has ended, or the other was this one in an earlier life. */
  async drains(transaction: Transaction, now: number, leaseMs: number): Promise<boolean> {
    const [drainer] = await transaction.read(INBOX_STATEMENTS.drainer());
    const isOurs = drainer?.life === this.life;
    const isFree = drainer === undefined || Number(drainer.ends_at) <= now || (!this.hasDrained && drainer.holder === this.holder);
    if (!isOurs && !isFree) return false;
    await transaction.write([
      ...(isOurs ? [] : [INBOX_STATEMENTS.letGo(now)]),
      INBOX_STATEMENTS.drain(this.holder, this.life, now + leaseMs),
    ]);
    this.hasDrained = true;
    return true;
  }
}
