import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { text } from '../../../../lab/faulty-registry/answers.ts';
import type { Fault, Rule } from '../../../../lab/faulty-registry/faults.ts';
import {
  answers,
  changesHeader,
  corrupts,
  cutAnswer,
  cutRequest,
  diskFull,
  expiresUpload,
  fails,
  forbidden,
  losesAnswer,
  misstatesLength,
  notFound,
  redirects,
  silence,
  stalls,
  tooManyRequests,
  truncates,
  unauthorized,
} from '../../../../lab/faulty-registry/known-faults.ts';
import type { Operation } from '../../../../lab/faulty-registry/routes.ts';
import type { FaultyRegistry } from '../../../../lab/faulty-registry/server.ts';
import { connectTo, failureOf, ONLY_US, SHORT } from '../fault-lab.ts';
import { digestOf } from '../made-content.ts';
import { type Cargo, CopyCase, makeCargo } from './copy-faults-lab.ts';

/** Fixed, so that what fails here fails everywhere; another one is as good. */
const SEED = 20_261_127;
const RUNS = 40;

const OPERATIONS: readonly Operation[] = [
  'getManifest',
  'headManifest',
  'putManifest',
  'getBlob',
  'headBlob',
  'openUpload',
  'mountBlob',
  'sendChunk',
  'finishUpload',
  'askUpload',
  'referrers',
  'token',
];

/** A fault by its place in the list, and a number for those that need one: what fast-check can shrink and print. */
const FAULTS: readonly (readonly [string, (bytes: number, registry: FaultyRegistry) => Fault])[] = [
  ['500', () => fails(500)],
  ['503', () => fails(503)],
  ['403', () => forbidden()],
  ['404', () => notFound()],
  ['401', (_, { url }) => unauthorized(`Bearer realm="${url}/token",service="lab"`)],
  ['429', () => tooManyRequests(0)],
  ['429 for long', () => tooManyRequests(500)],
  ['full disk', () => diskFull()],
  ['reset before', () => cutRequest(0, 'RST')],
  ['reset on the way there', (bytes) => cutRequest(bytes, 'RST')],
  ['closed on the way there', (bytes) => cutRequest(bytes, 'FIN')],
  ['reset on the way here', (bytes) => cutAnswer(bytes, 'RST')],
  ['closed on the way here', (bytes) => cutAnswer(bytes, 'FIN')],
  ['lost answer', () => losesAnswer('RST')],
  ['stopped', (bytes) => stalls(bytes)],
  ['silence', () => silence],
  ['wrong bit', () => corrupts()],
  ['too short', (bytes) => truncates(bytes)],
  ['wrong length', () => misstatesLength(3)],
  ['another digest', () => changesHeader('docker-content-digest', digestOf(Buffer.from('x')))],
  ['no digest', () => changesHeader('docker-content-digest', undefined)],
  ['HTML', () => answers(text(200, 'text/html', '<html>sorry</html>'))],
  ['circle', () => redirects(307, (path) => path)],
  ['expired upload', (_, { uploads }) => expiresUpload(uploads)],
];

interface Blow {
  readonly side: 'source' | 'target';
  readonly on: Operation;
  readonly fault: string;
  readonly bytes: number;
  readonly skip: number;
  readonly times: number;
}

const blow: fc.Arbitrary<Blow> = fc.record({
  side: fc.constantFrom('source', 'target'),
  on: fc.constantFrom(...OPERATIONS),
  fault: fc.constantFrom(...FAULTS.map(([name]) => name)),
  bytes: fc.nat(60_000),
  skip: fc.nat(4),
  times: fc.constantFrom(1, 1, 2, 3, 50),
});

const schedule = fc.record({
  blows: fc.array(blow, { minLength: 1, maxLength: 6 }),
  /** After so many requests whoever asked for the copy gives up. */
  patience: fc.option(fc.integer({ min: 1, max: 60 }), { freq: 3 }),
  referrersApi: fc.boolean(),
  cutUploads: fc.constantFrom('keep what came' as const, 'go back to the last whole chunk' as const, 'are forgotten' as const),
});

function arm({ source, target }: CopyCase, { side, on, fault, bytes, ...when }: Blow): void {
  const registry = side === 'source' ? source : target;
  const [, make] = FAULTS.find(([name]) => name === fault) ?? [];
  const rule: Rule | undefined = make && { on, ...when, fault: make(bytes, registry) };
  if (rule !== undefined) registry.faults.arm(rule);
}

class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

/** How the copy ends: whole, in a failure of this name, or by the word of its caller once so many requests have come. */
async function copyWith(attempt: CopyCase, patience: number | null): Promise<string> {
  const caller = new AbortController();
  const asked = () => attempt.source.requests().length + attempt.target.requests().length;
  const watch = setInterval(() => {
    if (patience !== null && asked() >= patience) caller.abort(new GivenUp());
  }, 1);
  let end = 'whole';
  const copy = attempt.copy({ signal: caller.signal }).catch((error: unknown) => {
    if (!(error instanceof GivenUp)) throw error;
    end = 'given up';
  });
  const failure = await failureOf(copy, ['shop/web'], [attempt.source, attempt.target]).finally(() => clearInterval(watch));
  return failure?.name ?? end;
}

// A rejection that nobody handles fails a test by itself.
it('whatever goes wrong, a copy is whole or ends in a named failure, tags nothing that is not whole, leaves no connection, and goes on later', async () => {
  const cargo: Cargo = makeCargo(60_000);
  const ends = new Set<string>();
  await fc.assert(
    fc.asyncProperty(schedule, async ({ blows, patience, referrersApi, cutUploads }) => {
      const abilities = { referrersApi, cutUploads };
      const attempt = await CopyCase.start({ cargo, source: { access: ONLY_US, abilities }, target: { access: ONLY_US, abilities } });
      for (const each of blows) arm(attempt, each);
      const end = await copyWith(attempt, patience);
      ends.add(end);
      await attempt.close();
      await attempt.expectNothingHalf();
      for (const registry of [attempt.source, attempt.target]) {
        registry.faults.clear();
        registry.forget();
      }
      const { missingBytes } = attempt;
      // Another process would do it.
      const registries = connectTo([attempt.source, attempt.target], { credential: 'password', limits: SHORT });
      await attempt.copy({ registries });
      await attempt.expectNothingHalf();
      expect([end, attempt.tagged, attempt.missingBytes]).toEqual([end, cargo.index.manifest.digest, 0]);
      expect(attempt.target.moved().in).toBe(missingBytes);
      await registries.close();
      await Promise.all([attempt.source.close(), attempt.target.close()]);
    }),
    { seed: SEED, numRuns: RUNS },
  );
  // Schedules that never hurt would show nothing.
  expect([...ends]).toEqual(expect.arrayContaining(['whole', 'given up', 'RegistryRefused', 'RegistryBusy', 'DigestMismatch']));
}, 600_000);
