import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import postgres from 'postgres';
import { LedgerUnavailable } from '../../../adapters/ledger/errors.ts';
import { type PostgresAccess, PostgresDatabase } from '../../../adapters/ledger/postgres-database.ts';
import { findPostgres, type Postgres, startPostgres } from '../../../lab/postgres.ts';
import { until } from '../../../lab/until.ts';

const programs = await findPostgres(process.env);
const describeWithPostgres = programs === undefined ? describe.skip : describe;
const PATIENT_MS = 60_000;

/** Something between a client and a server that can fall silent without ending a connection, or end it. */
class Between {
  readonly #server = createServer((client) => this.#pass(client));
  readonly #sockets = new Set<Socket>();
  #target = { host: '', port: 0 };

  async start(target: { readonly host: string; readonly port: number }): Promise<number> {
    this.#target = target;
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that are open now carry nothing any more; later ones do. */
  silence(): void {
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** Ends the connections that are open now, in good order or not. */
  cut(how: 'ended' | 'reset'): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      if (how === 'reset') socket.resetAndDestroy();
      else socket.end();
    }
    this.#sockets.clear();
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #pass(client: Socket): void {
    const server = connect(this.#target);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
  }
}

describeWithPostgres('a ledger in PostgreSQL', () => {
  let server: Postgres;
  let access: PostgresAccess;
  const opened: PostgresDatabase[] = [];
  const open = async (deadlineMs: number, port = access.port) => {
    const database = await PostgresDatabase.open({ ...access, port }, deadlineMs);
    opened.push(database);
    return database;
  };

  beforeAll(async () => {
    server = await startPostgres(programs ?? '');
    const { host, port, user } = server;
    access = { host, port, user, database: 'postgres', tls: 'off' };
    const sql = postgres({ host, port, user, database: 'postgres', max: 1 });
    await sql.unsafe("ALTER DATABASE postgres SET default_transaction_isolation = 'repeatable read'");
    await sql.unsafe('CREATE TABLE numbers (number BIGINT PRIMARY KEY)');
    await sql.end();
  });
  afterAll(async () => {
    for (const database of opened) database.close();
    await server?.stop();
  });

  it('has its writers see what was written while they waited, though the database isolates them by default', async () => {
    const databases = await Promise.all([open(PATIENT_MS), open(PATIENT_MS), open(PATIENT_MS)]);
    const next = 'INSERT INTO numbers SELECT coalesce(max(number), 0) + 1 FROM numbers';
    await Promise.all(Array.from({ length: 30 }, (_, index) => databases[index % 3]?.transaction((within) => within.write([next]))));
    expect(await databases[0]?.read('SELECT count(*) AS count FROM numbers')).toEqual([{ count: 30 }]);
  });

  it('takes the lock from a writer that stands still, and nothing of it is written', async () => {
    const [stuck, other] = [await open(300), await open(PATIENT_MS)];
    let hasBegun: (() => void) | undefined;
    const begun = new Promise<void>((resolve) => {
      hasBegun = resolve;
    });
    const never = stuck.transaction(async (within) => {
      await within.write(['INSERT INTO numbers VALUES (1000)']);
      hasBegun?.();
      await new Promise(() => undefined);
    });
    const failed = expect(never).rejects.toThrow(LedgerUnavailable);
    await begun;
    await other.transaction((within) => within.write(['INSERT INTO numbers VALUES (2000)']));
    await failed;
    expect(await other.read('SELECT number FROM numbers WHERE number >= 1000')).toEqual([{ number: 2000 }]);
  });

  it('is left by connections that say nothing: they take no place of those that come after', async () => {
    const proxy = new Between();
    try {
      const database = await open(200, await proxy.start(access));
      await Promise.all(Array.from({ length: 8 }, () => database.read('SELECT pg_sleep(0.05)')));
      proxy.silence();
      const asked = Array.from({ length: 8 }, () => database.read('SELECT 1 AS answer'));
      const answers = await Promise.allSettled(asked);
      expect(answers.map(({ status }) => status)).toEqual(asked.map(() => 'rejected'));
      expect(await database.read('SELECT 1 AS answer')).toEqual([{ answer: 1 }]);
    } finally {
      proxy.stop();
    }
  });

  describe.each(['ended', 'reset'] as const)('whose connections are %s', (how) => {
    let proxy: Between;
    let database: PostgresDatabase;
    beforeEach(async () => {
      proxy = new Between();
      database = await open(PATIENT_MS, await proxy.start(access));
    });
    afterEach(() => proxy.stop());

    it('in the middle of a transaction fails that, whose process goes on, and takes the next one', async () => {
      const other = await open(PATIENT_MS);
      const asleep = "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'";
      const cut = database.transaction((within) => within.read('SELECT pg_sleep(60)'));
      const failed = expect(cut).rejects.toThrow(LedgerUnavailable);
      await until('the query to be under way', 60_000, async () => (await other.read(asleep)).length > 0);
      proxy.cut(how);
      await failed;
      // Who sleeps does not notice, and keeps the writer's lock.
      await other.read(`SELECT pg_terminate_backend(pid) FROM (${asleep}) AS found`);
      expect(await database.transaction((within) => within.read('SELECT 1 AS answer'))).toEqual([{ answer: 1 }]);
    });

    it('between two steps of a transaction fails that, whose process goes on, and takes the next one', async () => {
      const cut = database.transaction(async (within) => {
        await within.read('SELECT 1 AS answer');
        proxy.cut(how);
        await pause(200);
        return within.read('SELECT 2 AS answer');
      });
      await expect(cut).rejects.toThrow(LedgerUnavailable);
      await pause(200);
      expect(await database.transaction((within) => within.read('SELECT 3 AS answer'))).toEqual([{ answer: 3 }]);
    });
  });

  it('that ends all connections itself, in the middle of transactions, costs the process none but those', async () => {
    const database = await open(PATIENT_MS);
    const other = await open(PATIENT_MS);
    for (let round = 0; round < 10; round += 1) {
      const cut = Promise.allSettled([
        database.transaction((within) => within.read(`SELECT pg_sleep(60), ${round}`)),
        database.read('SELECT 1'),
      ]);
      const asleep = `SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60), ${round}'`;
      await until('the query to be under way', 60_000, async () => (await other.read(asleep)).length > 0);
      await other.read(`SELECT pg_terminate_backend(pid) FROM (${asleep}) AS found`);
      expect((await cut)[0]).toMatchObject({ status: 'rejected', reason: expect.any(LedgerUnavailable) });
    }
    expect(await database.transaction((within) => within.read('SELECT 1 AS answer'))).toEqual([{ answer: 1 }]);
  });
});
