import { describe, expect, it } from '@jest/globals';
import examples from '@octokit/webhooks-examples/api.github.com/index.json' with { type: 'json' };
import fc from 'fast-check';
import type { Understood } from '../../domain/github/event.ts';
import { PayloadUnfit, understand } from '../../server/github/understand.ts';

interface Examples {
  readonly name: string;
  readonly examples: readonly object[];
}

const EXAMPLES: readonly Examples[] = examples;
const each = EXAMPLES.flatMap(({ name, examples }) => examples.map((payload) => ({ name, payload })));

const kindOf = (understood: Understood) => (understood.kind === 'event' ? understood.event.kind : understood.kind);

describe('the payloads that GitHub gives as examples', () => {
  it('are all understood', () => {
    const counts = new Map<string, number>();
    for (const { name, payload } of each) {
      const kind = kindOf(understand(name, payload));
      counts.set(`${name} ${kind}`, (counts.get(`${name} ${kind}`) ?? 0) + 1);
    }
    expect(each.length).toBeGreaterThan(300);
    expect([...counts].filter(([key]) => !key.endsWith(' nothing'))).toEqual([
      ['check_suite check_suite', 4],
      ['create create', 5],
      ['deployment deployment', 4],
      ['installation app', 7],
      ['installation_repositories app', 3],
      ['push push', 3],
      ['release release', 3],
      ['repository_dispatch repository_dispatch', 2],
      ['workflow_run workflow_run', 3],
    ]);
  });

  it('tell what a package, a button and a job that waits are about', () => {
    const common = { repository: { id: 1, full_name: 'acme/shop' }, sender: { id: 7, login: 'rita' } };
    const image = { version: `sha256:${'a'.repeat(64)}`, container_metadata: { tag: { name: '1.0' } } };
    const told = { action: 'published', ...common };
    const box = { name: 'Shop', package_type: 'CONTAINER', namespace: 'Acme', package_version: image };
    const expected = {
      kind: 'event',
      event: { kind: 'package', image: { repository: 'ghcr.io/acme/shop', digest: image.version, tag: '1.0' } },
    };
    expect(understand('registry_package', { ...told, registry_package: box })).toMatchObject(expected);
    expect(understand('package', { ...told, package: box })).toMatchObject(expected);
    const ofPlatform = `${'a'.repeat(40)}-${'b'.repeat(12)}-linux-arm64`;
    expect(understand('package', { ...told, package: box }, 'containers.github.example.com')).toMatchObject({
      event: { image: { repository: 'containers.github.example.com/acme/shop' } },
    });
    for (const name of ['', null, `sha256-${'b'.repeat(64)}.sig`, `sha256-${'b'.repeat(64)}`, ofPlatform])
      expect(
        understand('package', { ...told, package: { ...box, package_version: { ...image, container_metadata: { tag: { name } } } } }),
      ).toEqual({
        kind: 'nothing',
        why: 'the package has no tag of its own: it belongs to another image',
      });
    const button = {
      action: 'requested_action',
      requested_action: { identifier: 'approve' },
      check_run: { id: 3, external_id: 'shop/1/production/p' },
    };
    expect(understand('check_run', { ...common, ...button })).toMatchObject({
      event: { kind: 'button', action: 'approve', about: 'shop/1/production/p' },
    });
    const address = 'https://api.github.com/repos/acme/shop/actions/runs/42/deployment_protection_rule';
    const job = { action: 'requested', environment: 'production', deployment: { id: 4 }, deployment_callback_url: address };
    const rule = (more: object) => understand('deployment_protection_rule', { ...common, ...job, ...more });
    expect(rule({})).toMatchObject({
      event: { kind: 'protection', run: 42, deployment: 4 },
      subject: 'github/1/protection/42 4 production',
    });
    expect(rule({ deployment: null })).toMatchObject({ event: { kind: 'protection', run: 42, deployment: 0 }, subject: '' });
    for (const other of [null, `${address}/else`, 'https://evil.test/?x=/actions/runs/x/deployment_protection_rule'])
      expect(rule({ deployment_callback_url: other })).toEqual({ kind: 'nothing', why: 'it does not say which run waits' });
    expect(rule({ action: 'made' })).toMatchObject({ kind: 'nothing' });
  });

  it('are understood or refused by name, whatever 10,000 changes make of them', () => {
    const values = fc.oneof(
      fc.constant(undefined),
      fc.jsonValue(),
      fc.string(),
      fc.integer(),
      fc.constantFrom('__proto__', 'constructor', -1, 1e308, []),
    );
    const changes = fc.array(fc.tuple(fc.nat(), values), { minLength: 1, maxLength: 4 });
    const known = each.filter(({ name, payload }) => kindOf(understand(name, payload)) !== 'nothing' || fewOf(name));
    let refused = 0;
    fc.assert(
      fc.property(fc.constantFrom(...known), changes, ({ name, payload }, some) => {
        try {
          expect(['event', 'app', 'nothing']).toContain(understand(name, mutated(payload, some)).kind);
        } catch (error) {
          refused += 1;
          expect(error).toBeInstanceOf(PayloadUnfit);
        }
      }),
      { numRuns: 10_000 },
    );
    expect(refused).toBeGreaterThan(500);
  });

  it('are refused where a name holds what no name of git can, as no question about it could be asked', () => {
    const common = { repository: { id: 1, full_name: 'acme/shop' }, sender: { id: 7, login: 'rita' } };
    const push = (name: string) => ({ ...common, ref: `refs/heads/${name}`, before: '0'.repeat(40), after: 'a'.repeat(40) });
    for (const name of ['a\ud800', 'a\0b', 'a\nb', 'a\u007f']) {
      expect(() => understand('push', push(name))).toThrow(PayloadUnfit);
      expect(() => understand('create', { ...common, ref: name, ref_type: 'branch' })).toThrow(PayloadUnfit);
    }
    expect(understand('push', push('\u{1f680}/é'))).toMatchObject({ event: { ref: { name: '\u{1f680}/é' } } });
  });

  it('are refused where they are no objects at all', () => {
    for (const payload of [null, [], 'push', 1, {}, { repository: null }]) expect(() => understand('push', payload)).toThrow(PayloadUnfit);
    expect(understand('constructor', {})).toEqual({ kind: 'nothing', why: 'constructor starts nothing' });
  });
});

function fewOf(name: string): boolean {
  return ['issue_comment', 'check_run', 'installation', 'package'].includes(name);
}

/** Puts other values where members were: at the top, and within what the server reads. */
function mutated(payload: object, changes: readonly (readonly [number, unknown])[]): unknown {
  const copy = structuredClone(payload) as Record<string, unknown>;
  for (const [where, value] of changes) {
    const places = placesIn(copy, 2);
    const place = places[where % places.length];
    if (place !== undefined) place.holder[place.member] = value;
  }
  return copy;
}

function placesIn(holder: Record<string, unknown>, depth: number): { holder: Record<string, unknown>; member: string }[] {
  const own = Object.keys(holder).map((member) => ({ holder, member }));
  const inner =
    depth === 0 ? [] : Object.values(holder).filter((value) => typeof value === 'object' && value !== null && !Array.isArray(value));
  return [...own, ...inner.flatMap((value) => placesIn(value as Record<string, unknown>, depth - 1))];
}
