import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { sumCounts } from '../../../activities/hosts/sum-counts.ts';
import { type HostCount, routerMeasurement } from '../../../domain/gates/router-metric.ts';
import type { RouterSource } from '../../../domain/gates/rules.ts';

const MINUTE = 60_000;
const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const sum = (...counts: readonly HostCount[]) => sumCounts(counts, hash);
const reading = (requests: number, failed = 0) => ({ requests, failed, refused: 0, averageMs: 7 });
const on = (
  host: string,
  requests: number,
  more: { failed?: number; since?: string; server?: string; component?: string } = {},
): HostCount => ({
  host,
  components: [
    {
      ...{ component: more.component ?? 'web', since: more.since ?? '1' },
      servers: { [more.server ?? 'a']: reading(requests, more.failed) },
    },
  ],
});
const SOURCE: RouterSource = {
  ...{ kind: 'router', environment: 'staging', component: 'web', figure: 'failedShare', overMs: 10 * MINUTE, minRequests: 100 },
};
const at = (minute: number, ...hosts: readonly HostCount[]) => ({ at: new Date(minute * MINUTE).toISOString(), hosts: sum(...hosts) });

describe('what hosts have counted together', () => {
  it('is as long for a thousand of them as for one', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => on(`host-${index}`, index));
    expect(sum(...many)).toEqual([
      {
        host: 'host-0',
        components: [{ component: 'web', since: 'all', servers: { [expectedKey(many)]: { ...reading(499_500), averageMs: 0 } } }],
      },
    ]);
    expect(JSON.stringify(sum(...many)).length).toBeLessThan(300);
  });

  it('gives the figures that each of them gives', () => {
    const before = at(0, on('s1', 1_000, { failed: 900 }), on('s2', 50));
    const after = at(10, on('s1', 1_150, { failed: 902 }), on('s2', 100, { failed: 2 }));
    expect(routerMeasurement(SOURCE, [before, after])).toMatchObject({
      value: { value: 0.02, basis: expect.stringContaining('of 200 requests') },
    });
    expect(routerMeasurement({ ...SOURCE, figure: 'requests' }, [before, after])).toMatchObject({ value: { value: 200 } });
  });

  it('is compared with nothing that others have counted, nor the same after another start', () => {
    const before = at(0, on('s1', 1_000), on('s2', 50));
    const others = [
      [on('s1', 1_150)],
      [on('s1', 1_150), on('s2', 100, { since: '2' })],
      [on('s1', 1_150), on('s2', 100, { server: 'b' })],
      [on('s1', 1_150), on('s3', 100)],
      [on('s1', 1_150), on('s2', 100), on('s3', 100)],
    ];
    for (const hosts of others) expect(routerMeasurement(SOURCE, [before, at(10, ...hosts)])).toMatchObject({ kind: 'unknown' });
    expect(routerMeasurement(SOURCE, [before, at(10, on('s2', 100), on('s1', 1_150))])).toMatchObject({ kind: 'known' });
    const api = on('s3', 9, { component: 'api' });
    expect(routerMeasurement(SOURCE, [before, at(10, on('s1', 1_150), on('s2', 100), api)])).toMatchObject({ kind: 'known' });
  });

  it('is the host alone that could not be read, where there is one', () => {
    const lost = { host: 's2', unread: 'its engine does not answer' };
    expect(sum(on('s1', 1), lost, { ...lost, host: 's3' })).toEqual([lost]);
    expect(sum()).toEqual([]);
    expect(sum({ host: 's1', components: [] })).toEqual([{ host: 's1', components: [] }]);
  });
});

function expectedKey(counts: readonly HostCount[]): string {
  const names = counts.map(({ host }) => JSON.stringify([host, '1', 'a']));
  return hash(names.sort().join('\n'));
}
