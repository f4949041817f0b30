import { backendName, DIRECTORY, mapEntries, ROUTES_MAP, serverName, weightOf } from './configuration.ts';
import type { RouterState, RouteState, ServerState } from './router-state.ts';

/** HAProxy reads a line of commands into one buffer of 16 kB. */
const LINE_BYTES = 8_000;

const MAP = `${DIRECTORY}/${ROUTES_MAP}`;

export interface Transition {
  readonly before: RouterState;
  readonly after: RouterState;
  /** The route that is changed, as it is afterwards; undefined when it does not exist. */
  readonly route: RouteState | undefined;
  /** Servers whose address the caller has just seen. The others keep what the name service found meanwhile. */
  readonly admitted: readonly string[];
  /** The router's own container name. */
  readonly self: string;
}

/**
 * HAProxy's runtime commands (management guide, section 9.3) that lead from one state to another. All servers of the route
 * are set, not only those that differ, so that a repetition mends what an earlier attempt left undone. Servers get weight
 * before addresses move, and others lose it last: at no moment nobody has it.
 */
export function runtimeCommands({ before, after, route, admitted, self }: Transition): string[] {
  const servers = route === undefined ? [] : route.servers.map((server) => ({ server, at: `${backendName(route)}/${serverName(server)}` }));
  return [
    ...before.routes.flatMap((other) => goneServers(other, after, self)),
    ...servers.flatMap(({ server, at }) => arrivalCommands(at, server, admitted.includes(server.name))),
    ...servers.filter(({ server }) => server.serves).map(({ server, at }) => `set server ${at} weight ${weightOf(server)}`),
    ...addressCommands(addressesOf(before), addressesOf(after)),
    ...servers.filter(({ server }) => !server.serves).map(({ at }) => `set server ${at} weight 0`),
  ];
}

/** Commands as lines, each small enough to be read at once. */
export function commandLines(commands: readonly string[]): string {
  const lines: string[] = [];
  for (const command of commands) {
    const last = lines.at(-1);
    if (last === undefined || last.length + command.length > LINE_BYTES) lines.push(command);
    else lines[lines.length - 1] = `${last}; ${command}`;
  }
  return lines.map((line) => `${line}\n`).join('');
}

/** The first line of HAProxy's answers that says no; undefined when all was done. Most commands answer nothing, some say what they changed. */
export function refusalIn(answers: string): string | undefined {
  const done = /\bchanged (?:from|its)\b|\bno need to change\b/;
  return answers
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !done.test(line));
}

/** What HAProxy answers to `show map`: `0x… KEY VALUE` lines. */
export function readMap(answer: string): ReadonlyMap<string, string> {
  const entries = answer.split('\n').map((line) => line.trim().split(' '));
  return new Map(entries.flatMap(([, key, value]) => (key !== undefined && value !== undefined ? [[key, value] as const] : [])));
}

export function addressesOf(state: RouterState): ReadonlyMap<string, string> {
  return new Map(mapEntries(state));
}

export function addressCommands(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const kept = [...after].flatMap(([key, value]) => {
    if (!before.has(key)) return [`add map ${MAP} ${key} ${value}`];
    return before.get(key) === value ? [] : [`set map ${MAP} ${key} ${value}`];
  });
  return [...kept, ...[...before.keys()].filter((key) => !after.has(key)).map((key) => `del map ${MAP} ${key}`)];
}

export const showMap = `show map ${MAP}`;

function arrivalCommands(at: string, server: ServerState, isAdmitted: boolean): string[] {
  const address = isAdmitted ? [`set server ${at} addr ${server.address} port ${server.port}`] : [];
  return [...address, `set server ${at} fqdn ${server.name}`, `set server ${at} state ready`];
}

function goneServers(route: RouteState, after: RouterState, self: string): string[] {
  const left = after.routes.find((other) => backendName(other) === backendName(route));
  const names = new Set(left?.servers.map((server) => server.name));
  return route.servers
    .filter((server) => !names.has(server.name))
    .map((server) => `${backendName(route)}/${serverName(server)}`)
    .flatMap((at) => [`set server ${at} state maint`, `set server ${at} weight 0`, `set server ${at} fqdn ${self}`]);
}
