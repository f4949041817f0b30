import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Route, RouteServer } from '../../../activities/hosts/ports.ts';
import { printConfiguration, printRoutesMap, readState } from '../../../adapters/router/configuration.ts';
import { admitServers, type Change, dismissServers, openRoute, shiftRoute, weighRoute } from '../../../adapters/router/route-changes.ts';
import { BACKENDS, findRoute, type RouterState, SLOTS } from '../../../adapters/router/router-state.ts';
import { commandLines, refusalIn, runtimeCommands } from '../../../adapters/router/runtime-commands.ts';
import { HaproxyModel } from './haproxy-model.ts';

const SELF = 'tidegate-router-lab';
const EMPTY: RouterState = { revision: 1, token: 'token', routes: [] };

const route = fc.record({
  application: fc.constantFrom('shop', 'blog'),
  environment: fc.constant('production'),
  component: fc.constantFrom('web', 'site'),
  host: fc.constantFrom('shop.example', 'other.example'),
  path: fc.constantFrom('/', '/api', '/api/'),
});
const names = fc.uniqueArray(fc.constantFrom('c1', 'c2', 'c3'), { maxLength: 3 });
type Step = { readonly route: Route; readonly act: 'open' | 'admit' | 'shift' | 'weigh' | 'dismiss'; readonly names: readonly string[] };
const steps = fc.array(fc.record({ route, act: fc.constantFrom('open', 'admit', 'shift', 'weigh', 'dismiss'), names }), {
  maxLength: 30,
}) as fc.Arbitrary<Step[]>;

function changeOf({ route: at, act, names: servers }: Step): Change {
  if (act === 'open') return openRoute('one', at, 1);
  if (act === 'admit') return admitServers('one', at, servers.map(serverOf));
  if (act === 'weigh') return weighRoute('one', at, 1, servers, 20);
  return act === 'shift' ? shiftRoute('one', at, 1, servers) : dismissServers(at, servers);
}

function serverOf(name: string): RouteServer {
  return { name, address: '10.0.0.1', port: 8080, deployment: name };
}

/** The state after a step; the same where the step is refused. */
function stateAfter(state: RouterState, step: Step): RouterState {
  try {
    return changeOf(step)(state);
  } catch {
    return state;
  }
}

function commandsOf(before: RouterState, step: Step, next: RouterState): string[] {
  const admitted = step.act === 'admit' ? step.names : [];
  return runtimeCommands({ before, after: next, route: findRoute(next, step.route), admitted, self: SELF });
}

/** What HAProxy has after a restart with the files of a state. */
function restarted(state: RouterState): HaproxyModel {
  const model = new HaproxyModel(SELF);
  for (const line of printRoutesMap(state).split('\n').filter(Boolean)) model.run(`add map routes.map ${line}`);
  let backend = '';
  for (const line of printConfiguration(state, SELF).split('\n')) {
    backend = /^backend (\S+)/.exec(line)?.[1] ?? backend;
    const [, slot, name, port, weight] = /^ {2}server (\S+) (\S+):(\d+) weight (\d+)/.exec(line) ?? [];
    if (slot === undefined) continue;
    const at = `${backend}/${slot}`;
    for (const set of [`addr 10.0.0.1 port ${port}`, `fqdn ${name}`, 'state ready', `weight ${weight}`])
      model.run(`set server ${at} ${set}`);
  }
  return model;
}

/** Routes that have servers to move requests between. */
const BEGINNING: readonly Step[] = ['web', 'site'].flatMap((component) => {
  const at: Route = { application: 'shop', environment: 'production', component, host: 'shop.example', path: '/' };
  const step = (act: Step['act'], servers: readonly string[]): Step => ({ route: at, act, names: servers });
  return [step('open', []), step('admit', ['c1', 'c2', 'c3']), step('shift', ['c1'])];
});

describe('changes of a router', () => {
  it('lead HAProxy by commands to just what it would be started with', () => {
    fc.assert(
      fc.property(steps, (story) => {
        const running = new HaproxyModel(SELF);
        let state = EMPTY;
        for (const step of story) {
          const next = stateAfter(state, step);
          if (next !== state) for (const command of commandsOf(state, step, next)) running.run(command);
          state = next;
          expect(running.snapshot()).toEqual(restarted(state).snapshot());
        }
      }),
    );
  });

  it('leave nobody without a server between any two commands who has one before and after', () => {
    fc.assert(
      fc.property(steps, (story) => {
        const running = new HaproxyModel(SELF);
        let state = EMPTY;
        for (const step of [...BEGINNING, ...story]) {
          const next = stateAfter(state, step);
          if (next === state) continue;
          const served = (model: HaproxyModel) => [...model.addresses.keys()].filter((address) => model.serving(address).length > 0);
          const lasting = served(running).filter((address) => served(restarted(next)).includes(address));
          for (const command of commandsOf(state, step, next)) {
            running.run(command);
            for (const address of lasting) expect(running.serving(address)).not.toEqual([]);
          }
          state = next;
        }
      }),
    );
  });

  it('give every backend, slot and address to one owner, and survive being written down', () => {
    fc.assert(
      fc.property(steps, (story) => {
        const state = story.reduce(stateAfter, EMPTY);
        const backends = state.routes.map(({ backend }) => backend);
        const addresses = state.routes.flatMap((known) => known.addresses);
        expect(new Set(backends).size).toBe(backends.length);
        expect(new Set(addresses).size).toBe(addresses.length);
        for (const { servers } of state.routes) expect(new Set(servers.map(({ slot }) => slot)).size).toBe(servers.length);
        expect(readState(printConfiguration(state, SELF))).toEqual(state);
      }),
    );
  });

  it('never let another application take an address that is in use', () => {
    fc.assert(
      fc.property(steps, fc.constantFrom('shop', 'blog'), (story, application) => {
        const own = story.filter((step) => step.route.application === application).reduce(stateAfter, EMPTY);
        const used = own.routes.filter(({ servers }) => servers.some(({ serves }) => serves)).flatMap(({ addresses }) => addresses);
        const others = story.filter((step) => step.route.application !== application).reduce(stateAfter, own);
        const kept = others.routes.filter((known) => known.application === application).flatMap(({ addresses }) => addresses);
        for (const address of used) expect(kept).toContain(address);
      }),
    );
  });
});

describe('a full router', () => {
  const at = (component: string): Route => ({
    application: 'shop',
    environment: 'production',
    component,
    host: `${component}.example`,
    path: '/',
  });
  const many = Array.from({ length: BACKENDS }, (_, index) => `web-${index}`);

  it('refuses one route more than it has places for, and gives on the place of one without servers', () => {
    const full = many.reduce((state, name) => admitServers('one', at(name), [serverOf(name)])(openRoute('one', at(name), 1)(state)), EMPTY);
    expect(() => openRoute('one', at('more'), 1)(full)).toThrow(expect.objectContaining({ name: 'RouterFull' }));
    const left = dismissServers(at('web-7'), ['web-7'])(full);
    const next = openRoute('one', at('more'), 1)(left);
    expect(findRoute(next, at('more'))?.backend).toBe(findRoute(full, at('web-7'))?.backend);
    expect(findRoute(next, at('web-7'))).toBeUndefined();
  });

  it('refuses one server more than a route has places for', () => {
    const servers = Array.from({ length: SLOTS + 1 }, (_, index) => serverOf(`c${index}`));
    const opened = openRoute('one', at('web'), 1)(EMPTY);
    expect(() => admitServers('one', at('web'), servers)(opened)).toThrow(expect.objectContaining({ name: 'RouterFull' }));
  });
});

describe('commands for HAProxy', () => {
  it('come in lines that it reads at once, none of them lost', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z ]{1,300}$/), { maxLength: 200 }), (commands) => {
        const lines = commandLines(commands).split('\n').filter(Boolean);
        expect(lines.every((line) => line.length < 16_000)).toBe(true);
        expect(lines.flatMap((line) => line.split('; '))).toEqual(commands);
      }),
    );
  });

  it.each([
    ['\n\n', undefined],
    ["IP changed from '10.0.0.2' to '10.0.0.3' by 'stats socket command'\n\n", undefined],
    ["no need to change the FDQN by 'stats socket command'\n", undefined],
    ["\nb1/s1 changed its FQDN from a to b by 'stats socket command'\n", undefined],
    ['\nNo such server.\n', 'No such server.'],
    ['Update for the current server address family is only supported through configuration file', expect.stringMatching('only supported')],
  ])('are known to be refused by their answer %j', (answer, refusal) => {
    expect(refusalIn(answer)).toEqual(refusal);
  });
});
