import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Route } from '../../activities/hosts/ports.ts';
import type { Execution, RouterEngine } from '../../activities/hosts/router-engine.ts';
import { RouterFailed } from '../../activities/router/errors.ts';
import { APPLY_SCRIPT, COMMANDS, PARCELS, REVISION_MOVED, TELL_SCRIPT } from './apply-script.ts';
import { CONFIGURATION, DIRECTORY, printConfiguration, printRoutesMap, ROUTES_MAP, readState } from './configuration.ts';
import { askRouter } from './engine-answers.ts';
import type { Change } from './route-changes.ts';
import { tarOf } from './router-files.ts';
import { findRoute, type RouterState } from './router-state.ts';
import { addressCommands, addressesOf, commandLines, readMap, refusalIn, runtimeCommands, showMap } from './runtime-commands.ts';

/** Writers of other processes are few; whoever meets this many in a row has met something else. */
const ATTEMPTS = 20;

/** The state where no router is. */
const NO_ROUTER: RouterState = { revision: 0, token: '', routes: [] };

export interface TransactionRequest {
  readonly doing: string;
  readonly route: Route;
  readonly change: Change;
  /** Servers whose address the caller has just seen. */
  readonly admitted?: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * The state of one host's router and its changes. Changes of this process go one after the other; those of others are kept
 * apart by a lock inside the container and the revision in the file: who comes second reads again and changes that.
 */
export class RouterTransactions {
  #last: Promise<unknown> = Promise.resolve();
  #known: RouterState | undefined;

  constructor(
    private readonly engine: RouterEngine,
    private readonly container: string,
  ) {}

  /** Makes the change, in the files and in the running router, and returns the state after it. */
  async run(request: TransactionRequest): Promise<RouterState> {
    const turn = this.#last.then(() => this.#attempt(request));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** NO_ROUTER where none was installed. */
  async read(signal: AbortSignal): Promise<RouterState> {
    const path = `${DIRECTORY}/${CONFIGURATION}`;
    const file = await askRouter(this.#host, 'keep its state', () => this.engine.readFile(this.container, path, { signal }));
    if (file === undefined) return NO_ROUTER;
    const state = readState(file);
    if (state === undefined) throw new RouterFailed(this.#host, 'keep its state', `no state in ${path}`);
    return state;
  }

  /** Runtime commands that change nothing, and what HAProxy answers. */
  async ask(doing: string, commands: string, signal: AbortSignal): Promise<string> {
    const { exitCode, output, errors } = await this.#execute(doing, ['sh', '-c', TELL_SCRIPT, 'sh', commands], {}, signal);
    if (exitCode !== 0) throw new RouterFailed(this.#host, doing, errors.trim() || output.trim() || `exit code ${exitCode}`);
    return output;
  }

  async #attempt(request: TransactionRequest): Promise<RouterState> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      request.signal.throwIfAborted();
      const { before, after } = await this.#decide(request);
      if (after === before) return before;
      if (before === NO_ROUTER) throw new RouterFailed(this.#host, request.doing, 'there is no router; prepare the host first');
      // A call that breaks off may have changed it or not.
      this.#known = undefined;
      if (!(await this.#apply(request, before, after))) continue;
      this.#known = after;
      return after;
    }
    throw new RouterFailed(this.#host, request.doing, `others changed its state ${ATTEMPTS} times in a row`);
  }

  /** What was known a moment ago saves a reading: a change of it is refused where it is no longer so. What it forbids is asked again. */
  async #decide(request: TransactionRequest): Promise<{ readonly before: RouterState; readonly after: RouterState }> {
    const known = this.#known;
    if (known !== undefined) {
      try {
        return { before: known, after: next(known, request.change) };
      } catch {
        this.#known = undefined;
      }
    }
    const before = await this.read(request.signal);
    return { before, after: next(before, request.change) };
  }

  /** False when another writer was there first. */
  async #apply(request: TransactionRequest, before: RouterState, after: RouterState): Promise<boolean> {
    const files = [
      { name: ROUTES_MAP, content: printRoutesMap(after) },
      { name: CONFIGURATION, content: printConfiguration(after, this.container) },
      { name: COMMANDS, content: commandLines(this.#commands(request, before, after)) },
    ];
    const command = ['sh', '-c', APPLY_SCRIPT, 'sh', String(before.revision)];
    const environment = parcels(await compress(await tarOf(files)));
    const { exitCode, output, errors } = await this.#execute(request.doing, command, environment, request.signal);
    if (exitCode === REVISION_MOVED) return false;
    if (exitCode !== 0) throw new RouterFailed(this.#host, request.doing, errors.trim() || `exit code ${exitCode}`);
    if (refusalIn(output) !== undefined) await this.#mend(request, after);
    return true;
  }

  #commands(request: TransactionRequest, before: RouterState, after: RouterState): string[] {
    const route = findRoute(after, request.route);
    return runtimeCommands({ before, after, route, admitted: request.admitted ?? [], self: this.container });
  }

  /** The files are as they should be and the process differs from what they said before: it is told again, from what it has. */
  async #mend(request: TransactionRequest, state: RouterState): Promise<void> {
    const { doing, signal } = request;
    const present = readMap(await this.ask(doing, showMap, signal));
    const commands = [...addressCommands(present, addressesOf(state)), ...this.#commands(request, state, state)];
    const refusal = refusalIn(await this.ask(doing, commandLines(commands).trimEnd(), signal));
    if (refusal !== undefined) throw new RouterFailed(this.#host, doing, refusal);
  }

  get #host(): string {
    return this.engine.place.host;
  }

  #execute(
    doing: string,
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Execution> {
    return askRouter(this.#host, doing, () => this.engine.execute(this.container, { command, environment }, { signal }));
  }
}

const compress = promisify(gzip);
const PARCEL_CHARACTERS = 100_000;

function parcels(bytes: Buffer): Record<string, string> {
  const text = bytes.toString('base64');
  return Object.fromEntries(PARCELS.map((name, index) => [name, text.slice(index * PARCEL_CHARACTERS, (index + 1) * PARCEL_CHARACTERS)]));
}

function next(state: RouterState, change: Change): RouterState {
  const changed = change(state);
  return changed === state ? state : { ...changed, revision: state.revision + 1 };
}
