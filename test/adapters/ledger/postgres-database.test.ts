import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import postgres from 'postgres';
import { LedgerUnavailable } from '../../../adapters/ledger/errors.ts';
import { type PostgresAccess, PostgresDatabase } from '../../../adapters/ledger/postgres-database.ts';
import { findPostgres, type Postgres, startPostgres } from '../../../lab/postgres.ts';

const programs = await findPostgres(process.env);
const describeWithPostgres = programs === undefined ? describe.skip : describe;
const PATIENT_MS = 60_000;

/** Something between a client and a server that can fall silent without ending a connection. */
class SilentProxy {
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
    const proxy = new SilentProxy();
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
});
