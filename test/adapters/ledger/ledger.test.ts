import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createClient } from '@libsql/client/sqlite3';
import postgres from 'postgres';
import { LedgerTooNew, LedgerUnavailable } from '../../../adapters/ledger/errors.ts';
import { type LedgerPlace, openLedger } from '../../../adapters/ledger/open-ledger.ts';
import { parseDigest } from '../../../domain/digest.ts';
import { type LedgerEntry, promotionKey } from '../../../domain/ledger.ts';
import { until } from '../../../lab/until.ts';
import { LEDGER_LABS, OpenLedgers } from '../../support/ledger-labs.ts';

const HERE = 'test/adapters/ledger';
const digest = (digit: string) => parseDigest(`sha256:${digit.repeat(64)}`);
const IMAGES = { web: { repository: 'r:5000/shop/web', digest: digest('a') } };

const entry = (key: string, changes: Partial<LedgerEntry> = {}): LedgerEntry => ({
  key,
  action: 'vote',
  actor: 'rita',
  application: 'shop',
  reason: 'looks good',
  at: '2026-01-01T00:00:00.000Z',
  ...changes,
});

const open = new OpenLedgers();
const children: ChildProcess[] = [];

afterEach(async () => {
  for (const child of children.splice(0))
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  open.closeAll();
});

const passed = (key: string, release: number, stage: string) => entry(key, { action: 'stage-passed', release, stage });

/** A writer in a process of its own, with the lines that it has printed so far. */
function writer(
  place: LedgerPlace,
  ...args: string[]
): { readonly child: ChildProcess; readonly lines: string[]; printed(count: number): Promise<void> } {
  const loader = pathToFileURL(`${HERE}/typescript-loader.mjs`).href;
  const command = ['--import', loader, `${HERE}/writer.ts`, JSON.stringify(place), ...args];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const printed = async (count: number) => {
    while (lines.length < count) await once(reader, 'line');
  };
  return { child, lines, printed };
}

describe.each(LEDGER_LABS)('the ledger in $kind', (lab) => {
  let place: LedgerPlace;
  const ledger = () => open.open(place);

  beforeAll(() => lab.start());
  afterAll(() => lab.stop());
  beforeEach(async () => {
    place = await lab.newPlace();
  });

  it('keeps an entry once for its key, in the order of writing, through a restart', async () => {
    const first = await ledger();
    await first.append(entry('a', { release: 2, stage: 'production', planHash: 'sha256:1' }));
    await first.append(entry('b', { application: 'mail' }));
    await first.append(entry('a', { reason: 'something else' }));
    first.close();
    const again = await ledger();
    expect(await again.entries({ limit: 10 })).toEqual([
      { sequence: 1, entry: entry('a', { release: 2, stage: 'production', planHash: 'sha256:1' }) },
      { sequence: 2, entry: entry('b', { application: 'mail' }) },
    ]);
    await again.append(entry('c'));
    expect((await again.entries({ application: 'shop', after: 1, limit: 10 })).map(({ sequence }) => sequence)).toEqual([3]);
    expect(await again.entries({ limit: 1, after: 1 })).toHaveLength(1);
  });

  it('numbers releases for each application, and finds them by number and by key', async () => {
    const store = await ledger();
    const one = await store.register({ application: 'shop', key: 'k1', commit: 'c0ffee', images: IMAGES, initiator: 'dev' });
    const two = await store.register({ application: 'shop', key: 'k2', images: {}, initiator: 'dev' });
    const other = await store.register({ application: 'mail', key: 'k1', images: {}, initiator: 'dev' });
    expect([one.record.number, two.record.number, other.record.number]).toEqual([1, 2, 1]);
    expect(one.created).toBe(true);
    expect(one.record).toMatchObject({ application: 'shop', commit: 'c0ffee', images: IMAGES, initiator: 'dev' });
    expect(await store.release('shop', 1)).toEqual(one.record);
    expect(await store.release('shop', 3)).toBeUndefined();
    expect(await store.findByKey('shop', 'k2')).toEqual(two.record);
    expect(await store.findByKey('shop', 'k3')).toBeUndefined();
    expect(await store.newest('shop')).toBe(2);
    expect(await store.newest('none')).toBeUndefined();
  });

  it('registers once for each key: what was registered first stands', async () => {
    const store = await ledger();
    const first = await store.register({ application: 'shop', key: 'k', images: IMAGES, initiator: 'dev' });
    expect(await store.register({ application: 'shop', key: 'k', images: {}, initiator: 'eve' })).toEqual({
      record: first.record,
      created: false,
    });
    expect(await store.newest('shop')).toBe(1);
    expect(await store.entries({ limit: 10 })).toHaveLength(1);
  });

  it('writes the creation of a release with its registration, under a key that makes it exactly once', async () => {
    const store = await ledger();
    const { record } = await store.register({ application: 'shop', key: 'k', commit: 'c0ffee', images: {}, initiator: 'dev' });
    await store.append(entry('release/shop/1/created', { action: 'release-created' }));
    expect(await store.entries({ limit: 10 })).toEqual([
      {
        sequence: 1,
        entry: {
          key: 'release/shop/1/created',
          action: 'release-created',
          actor: 'dev',
          application: 'shop',
          release: 1,
          reason: 'commit c0ffee',
          at: record.createdAt,
          content: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        },
      },
    ]);
  });

  it('lists releases newest first, page by page', async () => {
    const store = await ledger();
    for (const key of ['1', '2', '3']) await store.register({ application: 'shop', key, images: {}, initiator: 'dev' });
    await store.register({ application: 'mail', key: '1', images: {}, initiator: 'dev' });
    const first = await store.listReleases({ application: 'shop', limit: 2 });
    expect(first.releases.map((release) => release.number)).toEqual([3, 2]);
    const last = await store.listReleases({ application: 'shop', limit: 2, ...(first.next !== undefined && { before: first.next }) });
    expect(last.releases.map((release) => release.number)).toEqual([1]);
    expect(last).not.toHaveProperty('next');
    expect((await store.listReleases({ limit: 10 })).releases.map((release) => release.application)).toEqual([
      'mail',
      'shop',
      'shop',
      'shop',
    ]);
  });

  it('keeps a pass once for each stage, pipeline revision and images', async () => {
    const store = await ledger();
    const pass = { stage: 'test', pipelineRevision: 'sha256:1', images: { web: 'r/web@sha256:1' }, at: '2026-01-01T00:00:00.000Z' };
    await store.recordPass('shop', 1, pass, passed('1', 1, pass.stage));
    await store.recordPass('shop', 1, { ...pass, at: '2026-01-02T00:00:00.000Z' }, passed('1', 1, pass.stage));
    await store.recordPass('shop', 1, { ...pass, images: { web: 'r/web@sha256:2' } }, passed('2', 1, pass.stage));
    await store.recordPass('shop', 2, pass, passed('3', 2, pass.stage));
    expect(await store.passes('shop', 1)).toEqual([pass, { ...pass, images: { web: 'r/web@sha256:2' } }]);
    expect(await store.passes('shop', 3)).toEqual([]);
    expect((await store.entries({ limit: 10 })).map(({ entry }) => entry.key)).toEqual(['1', '2', '3']);
  });

  it('knows of a pass that was taken back, once, until its stage passes again', async () => {
    const store = await ledger();
    const pass = { stage: 'staging', pipelineRevision: 'r', images: { web: 'r/web@sha256:1' }, at: '2026-01-01T00:00:00.000Z' };
    const other = { ...pass, stage: 'test' };
    const takenBack = { to: 1, reason: 'Alarm pager: slow', at: '2026-01-02T00:00:00.000Z' };
    await store.recordPass('shop', 2, pass, passed('1', 2, pass.stage));
    await store.recordPass('shop', 2, other, passed('2', 2, other.stage));
    await store.takeBack('shop', 2, 'staging', takenBack, { ...passed('3', 2, 'staging'), action: 'stage-taken-back' });
    await store.takeBack(
      'shop',
      2,
      'staging',
      { ...takenBack, reason: 'once more' },
      { ...passed('3', 2, 'staging'), action: 'stage-taken-back' },
    );
    expect(await store.passes('shop', 2)).toEqual([{ ...pass, takenBack }, other]);
    expect(await store.passes('shop', 1)).toEqual([]);
    // A repeated write of the first pass is none.
    await store.recordPass('shop', 2, pass, passed('4', 2, pass.stage));
    await store.recordPass('shop', 2, pass, passed('4', 2, pass.stage));
    expect(await store.passes('shop', 2)).toEqual([pass, other]);
    await store.takeBack('shop', 2, 'staging', takenBack, { ...passed('5', 2, 'staging'), action: 'stage-taken-back' });
    expect(await store.passes('shop', 2)).toEqual([{ ...pass, takenBack }, other]);
    expect((await store.entries({ limit: 10 })).map(({ entry }) => entry.key)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('refuses that anything in it is changed or removed, even by hand', async () => {
    const store = await ledger();
    await store.register({ application: 'shop', key: 'k', images: {}, initiator: 'dev' });
    await store.recordPass('shop', 1, { stage: 'test', pipelineRevision: 'r', images: {}, at: 'now' }, entry('1'));
    await store.takeBack('shop', 1, 'test', { to: 1, reason: '', at: 'now' }, entry('2'));
    for (const table of ['releases', 'records', 'passes', 'stage_turns']) {
      await expect(lab.byHand(place, `DELETE FROM ${table}`)).rejects.toThrow(`${table} are appended and never changed`);
      await expect(lab.byHand(place, `UPDATE ${table} SET application = 'x'`)).rejects.toThrow('never changed');
    }
    await expect(lab.byHand(place, "UPDATE records SET personal = ''")).rejects.toThrow('never changed');
    expect(await store.entries({ limit: 10 })).toHaveLength(3);
  });

  it('can be opened by many at once, and used by them, without a gap or a repetition', async () => {
    const stores = await Promise.all(Array.from({ length: 8 }, () => ledger()));
    const registered = await Promise.all(
      stores.flatMap((store, index) =>
        Array.from({ length: 10 }, async (_, round) => {
          await store.append(entry(`entry/${round}`));
          return store.register({ application: 'shop', key: `${index}/${round}`, images: {}, initiator: 'dev' });
        }),
      ),
    );
    expect(registered.map(({ record }) => record.number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 80 }, (_, index) => index + 1),
    );
    const entries = await stores[0]?.entries({ limit: 1_000 });
    expect(entries?.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 90 }, (_, index) => index + 1));
  });

  it('gives one release to many who ask with one key at once', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => ledger()));
    const answers = await Promise.all(
      stores.map((store) => store.register({ application: 'shop', key: 'same', images: {}, initiator: 'dev' })),
    );
    expect(new Set(answers.map(({ record }) => record.number))).toEqual(new Set([1]));
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
  });

  it('finds the entries whose keys begin so, whatever else they hold, in the order of writing', async () => {
    const store = await ledger();
    const keys = [
      'retention/r:5000/shop/web@2',
      'deployment/shop/1',
      'retention/r:5000/shop/web@1',
      'retention/r:5000/shop/webs@1',
      'RETENTION/r',
    ];
    for (const key of keys) await store.append(entry(key));
    const { application: _, ...ofNothing } = entry('retention/r:5000/shop/web@3%_');
    await store.append(ofNothing);
    const found = await store.entriesUnder('retention/r:5000/shop/web@');
    expect(found.map(({ key }) => key)).toEqual([keys[0], keys[2], ofNothing.key]);
    expect(found.at(-1)).toEqual(ofNothing);
    expect(await store.entriesUnder('retention/r:5000/shop/web@3%')).toHaveLength(1);
  });

  it('knows a request to promote a release for as long as it is there, and no other request', async () => {
    const store = await ledger();
    expect(await store.hasPromotion('shop', 1, 'abc')).toBe(false);
    await store.append(entry(promotionKey('shop', 1, 'abc')));
    expect(await store.hasPromotion('shop', 1, 'abc')).toBe(true);
    for (const [release, request] of [
      [1, 'ab'],
      [1, 'abcd'],
      [11, 'abc'],
    ] as const)
      expect(await store.hasPromotion('shop', release, request)).toBe(false);
  });

  it('writes once who set a release off that was there already, once more where that is proved later, and knows them for that release alone', async () => {
    const store = await ledger();
    const { record } = await store.register({ application: 'shop', key: '1', images: {}, initiator: 'dev' });
    const known = { authentication: 'GitHub account 8 (sam)', requestId: 'd1' };
    const unproved = { authentication: `${known.authentication}, as the delivery alone says`, requestId: 'd0' };
    await store.addStarter(record, 'sam', { known: unproved, isProved: false });
    for (const requestId of ['d1', 'd2']) await store.addStarter(record, 'sam', { known: { ...known, requestId }, isProved: true });
    await store.addStarter(record, 'github/bot', { known, isProved: true });
    for (const person of ['sam', 'github/bot']) await store.addStarter(record, person, { known: unproved, isProved: false });
    expect(await store.starters('shop', 1)).toEqual(['sam', 'github/bot']);
    expect(await store.starters('shop', 11)).toEqual([]);
    const told = (await store.entries({ limit: 10 })).map(({ entry: { action, actor, release, authentication, requestId } }) => [
      ...[action, actor, release, authentication, requestId],
    ]);
    expect(told).toEqual([
      ['release-created', 'dev', 1, undefined, undefined],
      ['release-started-too', 'sam', 1, unproved.authentication, 'd0'],
      ['release-started-too', 'sam', 1, known.authentication, 'd1'],
      ['release-started-too', 'github/bot', 1, known.authentication, 'd1'],
    ]);
    expect(await store.release('shop', 1)).toEqual(record);
  });

  it('knows every release with the images that it was given and those that it built, each once', async () => {
    const store = await ledger();
    await store.register({ application: 'shop', key: '1', images: IMAGES, initiator: 'dev', commit: 'c'.repeat(40) });
    await store.register({ application: 'kiosk', key: '1', images: {}, initiator: 'dev' });
    const built = `r:5000/shop/worker@${digest('b')}`;
    const pass = { stage: 'build', pipelineRevision: 'p', images: { worker: built, web: `r:5000/shop/web@${digest('a')}` }, at: 'now' };
    await store.recordPass('shop', 1, pass, entry('p1'));
    await store.recordPass('shop', 1, { ...pass, stage: 'test' }, entry('p2'));
    const [shop, kiosk] = await store.registeredReleases();
    expect(shop).toMatchObject({ application: 'shop', number: 1, commit: 'c'.repeat(40) });
    expect(shop?.images).toEqual([IMAGES.web, { repository: 'r:5000/shop/worker', digest: digest('b') }]);
    expect(kiosk).toMatchObject({ application: 'kiosk', number: 1, images: [] });
  });

  it('finds the newest release of a commit, whatever else names it', async () => {
    const store = await ledger();
    const commit = 'c'.repeat(40);
    const add = (application: string, key: string, more: object) =>
      store.register({ application, key, images: {}, initiator: 'dev', ...more });
    await add('shop', '1', { commit });
    await add('shop', '2', { commit });
    await add('shop', '3', { commit: 'd'.repeat(40), initiator: `"commit":"${commit}"` });
    await add('kiosk', '1', { commit });
    expect(await store.releaseOfCommit('shop', commit)).toMatchObject({ number: 2, commit });
    expect(await store.releaseOfCommit('shop', 'e'.repeat(40))).toBeUndefined();
    for (const odd of ['', '%', commit.slice(0, 12)]) expect(await store.releaseOfCommit('shop', odd)).toBeUndefined();
  });

  it('numbers without gaps when several processes write', async () => {
    const writers = ['a', 'b', 'c'].map((name) => writer(place, 'releases', name, '30'));
    await Promise.all(writers.map(({ child }) => once(child, 'exit')));
    const numbers = writers.flatMap(({ lines }) => lines.slice(1).map((line) => Number(line.split(' ')[1])));
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, index) => index + 1));
    expect((await (await ledger()).entries({ limit: 1_000 })).length).toBe(90);
  });

  it.each(['entries', 'releases'] as const)('loses no acknowledged one of its %s when processes are killed, and goes on', async (what) => {
    const acknowledged: string[] = [];
    for (const round of ['first', 'second']) {
      const [victim, other] = [writer(place, what, `${round}-victim`), writer(place, what, `${round}-other`)];
      await Promise.all([victim.printed(12), other.printed(5)]);
      victim.child.kill('SIGKILL');
      await once(victim.child, 'exit');
      await other.printed(other.lines.length + 5);
      other.child.kill('SIGKILL');
      await once(other.child, 'exit');
      acknowledged.push(...[victim, other].flatMap(({ lines }) => lines.slice(1, -1)));
    }
    const store = await ledger();
    const found = await store.entries({ limit: 100_000 });
    const keys = new Set(found.map(({ entry: { key } }) => key));
    for (const line of acknowledged) {
      const [key = '', number] = line.split(' ');
      if (what === 'entries') expect(keys).toContain(key);
      else expect((await store.findByKey('shop', key))?.number).toBe(Number(number));
    }
    expect(acknowledged.length).toBeGreaterThan(20);
    expect(found.map(({ sequence }) => sequence)).toEqual(found.map((_, index) => index + 1));
  });

  it('makes records of the entries that a ledger without a tree had, in their order', async () => {
    await lab.byHand(place, ...ledgerOfVersionOne([entry('a'), entry('b', { application: 'mail', release: 3 })]));
    const store = await ledger();
    await store.append(entry('a', { reason: 'something else' }));
    await store.append(entry('c'));
    expect(await store.entries({ limit: 10 })).toEqual([
      { sequence: 1, entry: entry('a') },
      { sequence: 2, entry: entry('b', { application: 'mail', release: 3 }) },
      { sequence: 3, entry: entry('c') },
    ]);
  });

  it('is not opened by a version that does not know all of it', async () => {
    await ledger();
    await lab.byHand(place, 'INSERT INTO ledger_versions VALUES (99)');
    await expect(openLedger(place)).rejects.toThrow(LedgerTooNew);
  });

  it('says that it has been closed', async () => {
    const store = await ledger();
    await store.ping();
    store.close();
    await expect(store.ping()).rejects.toThrow('it has been closed');
  });
});

/** What made a ledger before there was a tree. */
function ledgerOfVersionOne(entries: readonly LedgerEntry[]): string[] {
  return [
    'CREATE TABLE ledger_versions (version BIGINT NOT NULL PRIMARY KEY)',
    'INSERT INTO ledger_versions VALUES (1)',
    'CREATE TABLE entries (sequence BIGINT NOT NULL PRIMARY KEY, key TEXT NOT NULL UNIQUE, application TEXT NOT NULL, body TEXT NOT NULL)',
    ...entries.map(
      (one, index) => `INSERT INTO entries VALUES (${index + 1}, '${one.key}', '${one.application}', '${JSON.stringify(one)}')`,
    ),
  ];
}

describe('the ledger in a file', () => {
  let folder: string;
  let file: string;
  const ledger = (deadlineMs?: number) => open.open({ file }, deadlineMs === undefined ? {} : { deadlineMs });

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidegate-ledger-'));
    file = join(folder, 'data', 'ledger.db');
  });

  afterEach(() => {
    open.closeAll();
    rmSync(folder, { recursive: true });
  });

  it('says that it is busy only after its deadline, and writes nothing then', async () => {
    const store = await ledger(200);
    const rival = createClient({ url: pathToFileURL(file).href });
    const transaction = await rival.transaction('write');
    await expect(store.append(entry('late'))).rejects.toThrow(LedgerUnavailable);
    await expect(store.append(entry('late'))).rejects.toThrow('another process has been writing to it for too long');
    expect(await store.entries({ limit: 10 })).toEqual([]);
    await transaction.rollback();
    rival.close();
    await store.append(entry('late'));
    expect(await store.entries({ limit: 10 })).toHaveLength(1);
  });

  it('waits for another that writes, without holding up anything else', async () => {
    const store = await ledger();
    const rival = createClient({ url: pathToFileURL(file).href });
    const transaction = await rival.transaction('write');
    const written = store.append(entry('patient'));
    await transaction.rollback();
    rival.close();
    await written;
    expect(await store.entries({ limit: 10 })).toHaveLength(1);
  });

  it('takes nothing while the disk is full, says so, and goes on without a gap when there is room', async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', disk]);
    try {
      const store = await open.open({ file: join(disk, 'ledger.db') });
      let acknowledged = 0;
      const fill = async () => {
        for (; acknowledged < 1_000; acknowledged++) await store.append(entry(`full/${acknowledged}`, { reason: 'x'.repeat(2_000) }));
      };
      await expect(fill()).rejects.toThrow('the disk is full. Free some space');
      const before = acknowledged;
      expect((await store.entries({ limit: 1_000 })).length).toBe(before);
      execFileSync('mount', ['-o', 'remount,size=16m', disk]);
      await store.append(entry(`full/${before}`));
      await store.append(entry('after'));
      const found = await store.entries({ limit: 1_000 });
      expect(found.map(({ sequence }) => sequence)).toEqual(Array.from({ length: before + 2 }, (_, index) => index + 1));
      open.closeAll();
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });

  it('refuses a file that is no ledger, and leaves it alone', async () => {
    const alien = join(folder, 'alien.db');
    const content = 'this is no database at all. '.repeat(50);
    writeFileSync(alien, content);
    await expect(openLedger({ file: alien })).rejects.toThrow(/alien\.db cannot be used: it is not a ledger/);
    expect(readFileSync(alien, 'utf8')).toBe(content);
  });

  it('says where it cannot be made', async () => {
    const blocked = join(folder, 'blocked');
    writeFileSync(blocked, '');
    chmodSync(blocked, 0o600);
    await expect(openLedger({ file: join(blocked, 'ledger.db') })).rejects.toThrow(/its folder cannot be made/);
  });
});

const postgresLab = LEDGER_LABS.find(({ kind }) => kind === 'PostgreSQL');
const describeInPostgres = postgresLab === undefined ? describe.skip : describe;

describeInPostgres('the ledger in a PostgreSQL that fails', () => {
  let place: Extract<LedgerPlace, { readonly postgres: unknown }>;
  beforeAll(async () => {
    await postgresLab?.start();
  });
  afterAll(async () => {
    await postgresLab?.stop();
  });
  beforeEach(async () => {
    const made = await postgresLab?.newPlace();
    if (made === undefined || !('postgres' in made)) throw new Error('There is no PostgreSQL');
    place = made;
  });

  it('goes on after every connection was cut, and writes once what it could not tell of', async () => {
    const store = await open.open(place);
    await store.append(entry('before'));
    const cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tidegate'";
    const written = Promise.allSettled(Array.from({ length: 20 }, (_, index) => store.append(entry(`during/${index}`))));
    await postgresLab?.byHand(place, cut);
    await written;
    await until('the ledger to answer again', 60_000, () =>
      store.ping().then(
        () => true,
        () => false,
      ),
    );
    for (let index = 0; index < 20; index++) await store.append(entry(`during/${index}`));
    const found = await store.entries({ limit: 100 });
    expect(found.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
    expect(new Set(found.map(({ entry: { key } }) => key)).size).toBe(21);
  });

  it('says that another holds it, that the user may not sign in, and that nothing listens, and writes nothing', async () => {
    const store = await open.open(place, { deadlineMs: 500 });
    const { host, port, user, database } = place.postgres;
    const rival = postgres({ host, port, user, database, max: 1 });
    try {
      await rival.begin(async (sql) => {
        await sql`SELECT pg_advisory_xact_lock(8388065778049086565)`;
        await expect(store.append(entry('late'))).rejects.toThrow('another process has been writing to it for too long');
      });
    } finally {
      await rival.end();
    }
    expect(await store.entries({ limit: 10 })).toEqual([]);
    await expect(openLedger({ postgres: { ...place.postgres, database: 'nowhere' } })).rejects.toThrow('there is no such database');
    await expect(openLedger({ postgres: { ...place.postgres, port: 1 }, deadlineMs: 500 })).rejects.toThrow(LedgerUnavailable);
    await expect(openLedger({ postgres: { ...place.postgres, tls: {} }, deadlineMs: 500 })).rejects.toThrow(LedgerUnavailable);
  });
});
