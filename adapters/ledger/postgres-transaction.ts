import postgres from 'postgres';
import type { Row, Value } from './database.ts';

/** What both a connection and a transaction on it can do. */
export interface Runner {
  unsafe(sql: string, args?: Value[]): Promise<readonly Row[]>;
}

type Client = Pick<ReturnType<typeof postgres>, 'begin'>;

/**
 * A transaction of the driver, in which nothing more is sent over a connection that was lost: neither a further step of the work, nor the driver's own
 * rollback. The driver (postgres 3.4.9, its issues 1154 and 1208) writes what comes later to a socket that it no longer has, out of a timer:
 * an exception that nobody can catch, and that ends the process. A server that lost a connection rolls back by itself. Throws what the connection was lost by.
 */
export async function onOneConnection(client: Client, work: (sql: Runner) => Promise<void>): Promise<void> {
  const connection = new WatchedConnection();
  try {
    await client.begin((sql) => connection.held(() => work(connection.watched(sql))));
  } catch (error) {
    throw connection.lostBy(error);
  }
}

class WatchedConnection {
  #loss: unknown;

  /** The work, which never ends where the connection was lost under it: the driver rejects all of the transaction when the socket is closed. */
  async held(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#loss === undefined) throw error;
      await new Promise<never>(() => undefined);
    }
  }

  watched(sql: Runner): Runner {
    return {
      unsafe: async (text, args) => {
        if (this.#loss !== undefined) throw this.#loss;
        try {
          return await sql.unsafe(text, args);
        } catch (error) {
          if (isLoss(error)) this.#loss = error;
          throw error;
        }
      },
    };
  }

  /** The transaction has failed: who still works on it sends nothing from now on. The first reason is the one that says most. */
  lostBy(error: unknown): unknown {
    this.#loss ??= error;
    return this.#loss;
  }
}

/** Errors of sockets have a number or name of their own; after what the server calls fatal it hangs up. */
function isLoss(error: unknown): boolean {
  if (error instanceof postgres.PostgresError) return error.severity === 'FATAL' || error.severity === 'PANIC';
  return error instanceof Error && 'errno' in error;
}
