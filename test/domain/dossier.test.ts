import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boundedDossier, type ContainerDossier, dossierId } from '../../domain/dossier.ts';

const TEXT = fc.integer({ min: 0, max: 40_000 }).map((length) => `${'x'.repeat(length)}!`);
const DOSSIER: fc.Arbitrary<ContainerDossier> = fc.record({
  container: fc.constant('web'),
  component: fc.constant('web'),
  digest: fc.constant('sha256:0'),
  status: fc.constant('exited'),
  exitCode: fc.nat(255),
  outOfMemory: fc.boolean(),
  restarts: fc.nat(9),
  startedAt: fc.constant(''),
  finishedAt: fc.constant(''),
  error: TEXT,
  health: fc.record({
    status: fc.constant('unhealthy'),
    log: fc.array(fc.record({ at: fc.string({ maxLength: 30 }), exitCode: fc.nat(255), output: TEXT }), { maxLength: 12 }),
  }),
  log: TEXT,
  response: fc.record({ path: fc.constant('/'), status: fc.nat(599), body: TEXT }),
});

describe('a dossier', () => {
  it('is kept within 32 kB, whatever its container said', () => {
    fc.assert(
      fc.property(DOSSIER, (dossier) => expect(JSON.stringify(boundedDossier(dossier)).length).toBeLessThan(32_000)),
      { numRuns: 50 },
    );
  });

  it('keeps the end of a log and the newest answers of a health check', () => {
    fc.assert(
      fc.property(DOSSIER, (dossier) => {
        const kept = boundedDossier(dossier);
        expect(dossier.log.endsWith(kept.log)).toBe(true);
        expect(kept.log.endsWith('!')).toBe(true);
        expect(kept.health.log.at(-1)?.at).toBe(dossier.health.log.at(-1)?.at);
        expect(kept.health.log.length).toBe(Math.min(5, dossier.health.log.length));
      }),
      { numRuns: 50 },
    );
  });

  it('has an id that says what it is of', () => {
    expect(dossierId({ application: 'shop', environment: 'production', generation: 7 }, 'p1')).toBe('shop/production/7/p1');
  });
});
