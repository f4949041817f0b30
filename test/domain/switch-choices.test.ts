import { describe, expect, it } from '@jest/globals';
import type { DeployableComponent } from '../../domain/deployment.ts';
import type { ObservedContainer } from '../../domain/plan.ts';
import {
  chooseForRestore,
  chooseForRetirement,
  chooseForSwitch,
  holdsIdentity,
  overtakenBy,
  restoreFence,
  runningStrangers,
  servingContainers,
  switchFence,
} from '../../domain/switch.ts';
import { deployable, digestNumber, RUN } from './arbitraries.ts';

const PLACE = { application: 'shop', environment: 'production' };
const CAUSE = { deployment: 'deployment/7', generation: 7 };
const WEB = published(2);

/** `web` in two replicas that the router gives requests to. */
function published(replicas: number): DeployableComponent {
  const component = deployable('web', digestNumber(1), replicas);
  return { ...component, run: { ...RUN, replicas, publish: { port: 80, host: 'shop.example', path: '/', identityPath: '/' } } };
}

function container(generation: number, replica = 1, more: Partial<ObservedContainer> = {}): ObservedContainer {
  return {
    name: `web.g${generation}.${replica}`,
    component: 'web',
    release: 2,
    deployment: `deployment/${generation}`,
    generation,
    replica,
    digest: digestNumber(1),
    spec: 'spec',
    running: true,
    ...more,
  };
}

const both = (generation: number, more: Partial<ObservedContainer> = {}) => [
  container(generation, 1, more),
  container(generation, 2, more),
];
const stopped = { running: false };
const names = (some: readonly { readonly name: string }[]) => some.map(({ name }) => name);

describe('what serves', () => {
  it('is what the router gives requests to, whatever is newer', () => {
    expect(names(servingContainers('web', [...both(3), ...both(4)], ['web.g3.2', 'web.g3.1']))).toEqual(['web.g3.1', 'web.g3.2']);
  });

  it('is the running ones of the newest generation, where the router knows none', () => {
    const seen = [...both(3), ...both(4), ...both(5, stopped)];
    expect(names(servingContainers('web', seen, ['worker.g5.1']))).toEqual(['web.g4.1', 'web.g4.2']);
    expect(servingContainers('web', both(5, stopped), [])).toEqual([]);
  });

  it('is of that component alone', () => {
    const worker = container(9, 1, { component: 'worker', name: 'worker.g9.1' });
    expect(names(servingContainers('web', [worker, container(3)], ['worker.g9.1', 'web.g3.1']))).toEqual(['web.g3.1']);
    expect(names(servingContainers('web', [worker, container(3)], []))).toEqual(['web.g3.1']);
  });

  it('is told newest first, and by name', () => {
    const all = ['web.g3.2', 'web.g3.1', 'web.g4.1'];
    expect(names(servingContainers('web', [container(3, 2), container(4), container(3, 1)], all))).toEqual([
      'web.g4.1',
      'web.g3.1',
      'web.g3.2',
    ]);
  });
});

describe('what is to serve a release', () => {
  const choose = (seen: readonly ObservedContainer[], component = WEB, secrets?: Record<string, string>, routed: readonly string[] = []) =>
    chooseForSwitch(PLACE, component, 2, CAUSE, seen, servingContainers('web', seen, routed), secrets);

  it('is what serves, where that is all that was asked for', () => {
    expect(choose(both(3))).toStrictEqual({
      component: WEB,
      kind: 'keep',
      runners: [
        { name: 'web.g3.1', replica: 1, generation: 3, deployment: 'deployment/3' },
        { name: 'web.g3.2', replica: 2, generation: 3, deployment: 'deployment/3' },
      ],
    });
    expect(choose(both(3, { release: 1 })).kind).toBe('keep');
  });

  it('is made anew where nothing is there, by the names of this deployment', () => {
    expect(choose([])).toStrictEqual({
      component: WEB,
      kind: 'create',
      runners: [
        { name: 'tidegate-shop.production.web.g7.1', replica: 1, ...CAUSE },
        { name: 'tidegate-shop.production.web.g7.2', replica: 2, ...CAUSE },
      ],
    });
  });

  it.each<[string, readonly ObservedContainer[]]>([
    ['one of them too few', [container(3)]],
    ['another image in one', [container(3), container(3, 2, { digest: digestNumber(9) })]],
    ['other settings in one', [container(3), container(3, 2, { spec: 'other' })]],
    ['other values of secrets in one', [container(3), container(3, 2, { secrets: { key: 'old' } })]],
  ])('is made anew where what serves has %s', (_, seen) => {
    expect(choose(seen).kind).toBe('create');
  });

  it('is what an earlier deployment of the release left, stopped as it may be', () => {
    const seen = [...both(3, stopped), ...both(5, { digest: digestNumber(9), release: 3 })];
    expect(choose(seen)).toMatchObject({ kind: 'return', runners: [{ name: 'web.g3.1' }, { name: 'web.g3.2' }] });
  });

  it('is the newest of what earlier deployments of the release left', () => {
    const seen = [...both(2, stopped), ...both(4, stopped), ...both(5, { digest: digestNumber(9), release: 3 })];
    expect(names(choose(seen).runners)).toEqual(['web.g4.1', 'web.g4.2']);
  });

  it.each<[string, readonly ObservedContainer[], DeployableComponent]>([
    ['of another release', both(3, { ...stopped, release: 1 }), WEB],
    ['of another release in part', [container(3, 1, stopped), container(3, 2, { ...stopped, release: 1 })], WEB],
    ['with other values of secrets', both(3, { ...stopped, secrets: { key: 'old' } }), WEB],
    ['outside the router', both(3, stopped), deployable('web', digestNumber(1), 2)],
    ['of another component', both(3, { ...stopped, component: 'worker' }), WEB],
  ])('is never what was left %s', (_, left, component) => {
    const serves = both(5, { digest: digestNumber(9), release: 3 });
    expect(choose([...left, ...serves], component).kind).toBe('create');
  });

  it('is never kept where one of them is down, as the router may still name it', () => {
    const seen = [container(3), container(3, 2, stopped)];
    expect(choose(seen, WEB, undefined, ['web.g3.1', 'web.g3.2']).kind).toBe('return');
    expect(choose(both(3, stopped), deployable('web', digestNumber(1), 2), undefined, ['web.g3.1', 'web.g3.2']).kind).toBe('create');
  });

  it('stays what this deployment has begun to make, whatever is there besides', () => {
    const begun = container(7, 1, { name: 'tidegate-shop.production.web.g7.1' });
    expect(choose([...both(3), begun]).kind).toBe('create');
    expect(choose([...both(3, stopped), begun], WEB, undefined, ['tidegate-shop.production.web.g7.1']).kind).toBe('create');
    const other = container(7, 1, { component: 'worker', name: 'worker.g7.1' });
    expect(choose([...both(3), other]).kind).toBe('keep');
  });
});

describe('what is to serve again', () => {
  const PREVIOUS = { deployment: 'deployment/5', generation: 5 };
  const restore = (seen: readonly ObservedContainer[], component = WEB) => chooseForRestore(PLACE, component, PREVIOUS, seen);

  it('is what runs whole, before a newer one that has to be started', () => {
    expect(restore([...both(3), ...both(4, stopped)])).toMatchObject({ kind: 'return', runners: [{ generation: 3 }, { generation: 3 }] });
    const half = [container(4), container(4, 2, stopped)];
    expect(restore([...both(3), ...half])).toMatchObject({ kind: 'return', runners: [{ generation: 3 }, { generation: 3 }] });
  });

  it('is the newest whole one to be started, before what is there in part', () => {
    expect(restore([...both(3, stopped), ...both(4, stopped), container(5)])).toMatchObject({
      kind: 'return',
      runners: [{ generation: 4 }, { generation: 4 }],
    });
  });

  it('is made again under its own names where a part of it is lost', () => {
    expect(restore([container(4, 2), container(3, 1)])).toStrictEqual({
      component: WEB,
      kind: 'create',
      runners: [
        { name: 'tidegate-shop.production.web.g4.1', replica: 1, deployment: 'deployment/4', generation: 4 },
        { name: 'tidegate-shop.production.web.g4.2', replica: 2, deployment: 'deployment/4', generation: 4 },
      ],
    });
  });

  it.each<[string, readonly ObservedContainer[]]>([
    ['nothing', []],
    ['another image', both(4, { digest: digestNumber(9) })],
    ['other settings', both(4, { spec: 'other' })],
    ['another component', both(4, { component: 'worker' })],
    ['what came later', both(6)],
  ])('is made as the previous deployment made it where there is %s', (_, seen) => {
    expect(restore(seen)).toMatchObject({
      kind: 'create',
      runners: [
        { replica: 1, ...PREVIOUS },
        { replica: 2, ...PREVIOUS },
      ],
    });
  });

  it('can be of the previous generation itself', () => {
    expect(restore(both(5))).toMatchObject({ kind: 'return', runners: [{ generation: 5 }, { generation: 5 }] });
  });
});

describe('what a release no longer has', () => {
  it('is what still runs of components that it does not name', () => {
    const release = { application: 'shop', number: 2, components: [WEB] };
    const strange = (name: string, more: Partial<ObservedContainer> = {}) =>
      container(3, 1, { component: name, name: `${name}.g3.1`, ...more });
    const seen = [strange('zoo'), container(3), strange('cron'), strange('mail', stopped), container(3, 2, stopped)];
    expect(names(runningStrangers(release, seen))).toEqual(['cron.g3.1', 'zoo.g3.1']);
  });
});

describe('what is no longer needed', () => {
  const retire = (seen: readonly ObservedContainer[], serving: readonly ObservedContainer[], previous: number | null) => {
    const { stop, remove } = chooseForRetirement(seen, serving, previous);
    return { stop: names(stop), remove: names(remove) };
  };

  it('is kept stopped where it is of the previous deployment, and removed where it is older or newer', () => {
    const seen = [...both(2, stopped), ...both(4), ...both(5), container(6)];
    expect(retire(seen, both(5), 4)).toEqual({ stop: ['web.g4.1', 'web.g4.2'], remove: ['web.g6.1', 'web.g2.1', 'web.g2.2'] });
  });

  it('is kept where it came before the previous deployment, which kept it', () => {
    expect(retire([...both(2), ...both(3), ...both(6)], both(6), 5)).toEqual({
      stop: ['web.g3.1', 'web.g3.2'],
      remove: ['web.g2.1', 'web.g2.2'],
    });
  });

  it('is judged component by component', () => {
    const worker = container(2, 1, { component: 'worker', name: 'worker.g2.1' });
    expect(retire([worker, container(4), container(5)], [container(5)], 4)).toEqual({ stop: ['web.g4.1', 'worker.g2.1'], remove: [] });
  });

  it('is all removed where nothing was deployed before', () => {
    expect(retire([container(4), container(5)], [container(5)], null)).toEqual({ stop: [], remove: ['web.g4.1'] });
  });
});

describe('who has been overtaken', () => {
  it('is told by which generation, the highest of all', () => {
    const seen = [container(9), container(3), container(8)];
    expect([overtakenBy(8, seen), overtakenBy(9, seen), overtakenBy(0, [])]).toEqual([9, undefined, undefined]);
  });

  it('is refused by the router: a way there after the way back of its own generation, and a way back after the next way there', () => {
    expect(switchFence(7)).toBe(7);
    expect(restoreFence(7)).toBeGreaterThan(switchFence(7));
    expect(restoreFence(7)).toBeLessThan(switchFence(8));
  });
});

describe('an identity', () => {
  it.each(['a', 'Z', '0', '9', '/', '_', '-'])('is not the beginning of one that goes on with %s', (next) => {
    expect(holdsIdentity({ headers: {}, body: `deployment/1${next}` }, 'deployment/1')).toBe(false);
  });

  it.each(['', ' ', '.', '"', '<', '?a'])('ends before %j', (next) => {
    expect(holdsIdentity({ headers: {}, body: `deployment/1${next}` }, 'deployment/1')).toBe(true);
  });
});
