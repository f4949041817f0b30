import { RouterFailed } from '../../activities/router/errors.ts';
import { backendName, serverName } from './configuration.ts';
import { type RouteState, routeName } from './router-state.ts';
import type { RouterTransactions } from './router-transactions.ts';
import { type RunningServer, runningServers } from './server-addresses.ts';

/** What HAProxy itself says of the servers of a route. Throws RouterFailed where it says something else. */
export class ServerQuestions {
  constructor(
    private readonly host: string,
    private readonly transactions: RouterTransactions,
  ) {}

  /** By the servers' names, as `read` finds them by place; those that the route does not have are left out. */
  async statistics<T>(
    known: RouteState,
    serverNames: readonly string[],
    read: (csv: string) => ReadonlyMap<string, T> | undefined,
    signal: AbortSignal,
  ): Promise<Record<string, T>> {
    const doing = `count the requests of route ${routeName(known)}`;
    const answer = await this.transactions.ask(doing, `show info; show stat ${backendName(known)} 4 -1`, signal);
    const bySlot = read(answer) ?? this.#fail(doing, answer);
    const named = known.servers.filter((server) => serverNames.includes(server.name));
    return Object.fromEntries(
      named.flatMap((server) => {
        const value = bySlot.get(serverName(server));
        return value === undefined ? [] : [[server.name, value]];
      }),
    );
  }

  /** Those that have a place in the route; the others are prepared and lead nowhere. */
  async running(known: RouteState, signal: AbortSignal): Promise<readonly RunningServer[]> {
    const doing = `tell the servers of route ${routeName(known)}`;
    const answer = await this.transactions.ask(doing, `show servers state ${backendName(known)}`, signal);
    const running = runningServers(answer) ?? this.#fail(doing, answer);
    const names = known.servers.map(serverName);
    return running.filter(({ name }) => names.includes(name));
  }

  /** Ends the connections to these servers. */
  async cut(known: RouteState, serverNames: readonly string[], signal: AbortSignal): Promise<void> {
    const servers = known.servers.filter((server) => serverNames.includes(server.name));
    const commands = servers.map((server) => `shutdown sessions server ${backendName(known)}/${serverName(server)}`);
    if (commands.length > 0) await this.transactions.ask(`end the connections of route ${routeName(known)}`, commands.join('; '), signal);
  }

  #fail(doing: string, answer: string): never {
    throw new RouterFailed(this.host, doing, answer.trim().slice(0, 200));
  }
}
