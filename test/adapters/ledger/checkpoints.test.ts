import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CheckpointSettings } from '../../../adapters/ledger/checkpoint-keeper.ts';
import { LedgerDiffers, LedgerKeyUnfit, LedgerShorter } from '../../../adapters/ledger/errors.ts';
import type { LedgerStore } from '../../../adapters/ledger/ledger-store.ts';
import { makeSigningKey, readVerifierKey } from '../../../adapters/ledger/note-keys.ts';
import type { LedgerPlace } from '../../../adapters/ledger/open-ledger.ts';
import { filePlace } from '../../../adapters/ledger/places/file-place.ts';
import type { CheckpointPlace } from '../../../adapters/ledger/places/place.ts';
import { webhookPlace } from '../../../adapters/ledger/places/webhook-place.ts';
import { createCheckpointArtifact } from '../../../adapters/registry/checkpoint-artifact.ts';
import { connectRegistries } from '../../../adapters/registry/registries.ts';
import { createCheckpointBranch } from '../../../adapters/source/checkpoint-branch.ts';
import { openCheckpoint, printCheckpoint } from '../../../domain/audit/checkpoint.ts';
import type { LedgerEntry } from '../../../domain/ledger.ts';
import { Secret } from '../../../domain/secret.ts';
import { startRegistry } from '../../../lab/registry.ts';
import { until } from '../../../lab/until.ts';
import { LEDGER_LABS, OpenLedgers } from '../../support/ledger-labs.ts';
import { newSigner } from '../../support/made-ledger.ts';

const open = new OpenLedgers();
let folder: string;
let warnings: string[];
let settings: CheckpointSettings;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-checkpoints-'));
  warnings = [];
  settings = {
    origin: 'tidegate/test',
    keyFile: join(folder, 'ledger.key'),
    markFile: join(folder, 'ledger.checkpoint'),
    every: 1_000,
    afterMs: 3_600_000,
    places: [],
    warn: (line) => warnings.push(line),
  };
});

afterEach(() => {
  open.closeAll();
  rmSync(folder, { recursive: true });
});

function entry(key: string): LedgerEntry {
  return { key, action: 'vote', actor: 'rita', application: 'shop', reason: 'good', at: '2026-01-01T00:00:00.000Z' };
}

async function fill(ledger: LedgerStore, from: number, to: number): Promise<void> {
  await Promise.all(Array.from({ length: to - from }, (_, index) => ledger.append(entry(`entry/${from + index}`))));
}

/** The size that a note vouches for, as long as the ledger's own key signed it. */
function sizeIn(note: string | undefined, key: string): number | undefined {
  const verifier = readVerifierKey(key);
  return note === undefined || verifier === undefined ? undefined : openCheckpoint(note, verifier)?.size;
}

describe.each(LEDGER_LABS)('checkpoints of a ledger in $kind', (lab) => {
  let place: LedgerPlace;
  const ledger = (changes: Partial<CheckpointSettings> = {}) => open.open(place, { checkpoints: { ...settings, ...changes } });
  /** A ledger of twelve records with checkpoints of 8 and 12, closed. */
  const written = async () => {
    const store = await ledger();
    await fill(store, 0, 8);
    await store.audit.checkpoint();
    await fill(store, 8, 12);
    await store.audit.checkpoint();
    open.closeAll();
  };

  beforeAll(() => lab.start());
  afterAll(() => lab.stop());
  beforeEach(async () => {
    place = await lab.newPlace();
  });

  it('are signed by a key that its owner alone may read, and the same again is the same', async () => {
    const store = await ledger();
    await fill(store, 0, 3);
    const first = await store.audit.checkpoint();
    expect(sizeIn(first.checkpoint, first.key)).toBe(3);
    expect(await store.audit.checkpoint()).toEqual(first);
    expect(statSync(settings.keyFile).mode & 0o777).toBe(0o600);
    const other = await ledger();
    expect(await other.audit.checkpoint()).toEqual(first);
    await fill(other, 3, 4);
    expect(await store.audit.checkpoint()).toMatchObject({ size: 4, checkpoints: 1 });
  });

  it('are signed after so many records, and go to the file beside the database', async () => {
    const published = join(folder, 'published');
    const store = await ledger({ every: 5, places: [filePlace(published)] });
    await fill(store, 0, 4);
    expect(() => statSync(published)).toThrow('ENOENT');
    await fill(store, 4, 5);
    const { key } = store.audit;
    await until('a checkpoint of five records', 60_000, async () => sizeIn(await filePlace(published).read(), key) === 5);
    expect(sizeIn(readFileSync(settings.markFile, 'utf8'), key)).toBe(5);
    expect(warnings).toEqual([]);
  });

  it('keep a ledger from starting that was restored from an old backup, and say what to do', async () => {
    await written();
    await lab.unguarded(place, 'DELETE FROM records WHERE sequence > 10', 'DELETE FROM checkpoints WHERE size > 10');
    await expect(ledger()).rejects.toThrow(LedgerShorter);
    await expect(ledger()).rejects.toThrow(/has 10 records, and had 12 when .*ledger\.checkpoint was signed\. Restore a backup/);
    rmSync(settings.markFile);
    await expect(ledger()).resolves.toBeDefined();
  });

  it('keep a ledger from starting that is shorter than what was published, though everything beside it was restored too', async () => {
    const places = [filePlace(join(folder, 'elsewhere'))];
    const store = await ledger({ places, every: 2 });
    await fill(store, 0, 6);
    await until(
      'a checkpoint of six records',
      60_000,
      async () => sizeIn(await filePlace(join(folder, 'elsewhere')).read(), store.audit.key) === 6,
    );
    open.closeAll();
    await lab.unguarded(place, 'DELETE FROM records WHERE sequence > 2', 'DELETE FROM checkpoints');
    rmSync(settings.markFile);
    await expect(ledger({ places })).rejects.toThrow(/elsewhere was signed/);
  });

  it.each<[string, (note: string) => string]>([
    ['one byte of it changed', (note) => note.replace('\n6\n', '\n7\n')],
    ['something else there', () => 'nonsense'],
    ['one by another key there', () => newSigner('tidegate/test').sign('tidegate/test\n3\nAAAA\n')],
  ])('do not keep a ledger from starting by what others did to a published one, which is told: %s', async (_, edit) => {
    const file = join(folder, 'elsewhere');
    const places = [filePlace(file)];
    const store = await ledger({ places, every: 6 });
    await fill(store, 0, 6);
    const published = async () => sizeIn(await filePlace(file).read(), store.audit.key) === 6;
    await until('a checkpoint of six records', 60_000, published);
    open.closeAll();
    writeFileSync(file, edit(readFileSync(file, 'utf8')));
    await expect(ledger({ places })).resolves.toBeDefined();
    expect(warnings).toEqual([expect.stringContaining(`What is at ${file} is no checkpoint`)]);
  });

  it.each([
    ["UPDATE records SET leaf = replace(leaf, substr(leaf, 1, 8), '00000000') WHERE sequence = 9"],
    [
      'UPDATE records SET leaf = (SELECT leaf FROM (SELECT leaf, sequence FROM records) AS other WHERE other.sequence = 2) WHERE sequence = 3',
    ],
  ])('keep a ledger from starting whose tree was edited by hand: %s', async (edit) => {
    await written();
    await lab.unguarded(place, edit);
    await expect(ledger()).rejects.toThrow(LedgerDiffers);
  });

  it('are not signed any more once records behind them were changed while the ledger is open', async () => {
    const store = await ledger();
    await fill(store, 0, 8);
    await store.audit.checkpoint();
    await lab.unguarded(place, "UPDATE records SET leaf = replace(leaf, substr(leaf, 1, 8), '00000000') WHERE sequence = 2");
    await fill(store, 8, 9);
    await expect(store.audit.checkpoint()).rejects.toThrow(LedgerDiffers);
    expect(await store.audit.checkpoints(0, 100)).toHaveLength(1);
  });

  it('are never signed by a second key, and say so', async () => {
    await written();
    const kept = readFileSync(settings.keyFile);
    rmSync(settings.keyFile);
    await expect(ledger()).rejects.toThrow(LedgerKeyUnfit);
    expect(() => statSync(settings.keyFile)).toThrow('ENOENT');
    writeFileSync(settings.keyFile, makeSigningKey('tidegate/test'));
    await expect(ledger()).rejects.toThrow('was signed with another key, or edited');
    writeFileSync(settings.keyFile, 'nonsense');
    await expect(ledger()).rejects.toThrow('it holds no Ed25519 key');
    writeFileSync(settings.keyFile, kept);
    await expect(ledger({ origin: 'tidegate/other' })).rejects.toThrow('it is the key of tidegate/test');
    await expect(ledger({ origin: 'tidegate/other', keyFile: join(folder, 'other.key') })).resolves.toBeDefined();
    await expect(ledger()).resolves.toBeDefined();
  });

  it('are never signed by two keys, though both processes began before any checkpoint was signed', async () => {
    await fill(await ledger(), 0, 3);
    const other = join(folder, 'another.key');
    await expect(ledger({ keyFile: other })).rejects.toThrow(LedgerKeyUnfit);
    expect(() => statSync(other)).toThrow('ENOENT');
    writeFileSync(other, makeSigningKey('tidegate/test'));
    await expect(ledger({ keyFile: other })).rejects.toThrow(/was begun with the key whose public part is tidegate\/test\+/);
  });

  it('are not signed after one that another key signed, though it was put there while the ledger is open', async () => {
    const store = await ledger();
    await fill(store, 0, 3);
    const foreign = newSigner('tidegate/test').sign(printCheckpoint({ origin: 'tidegate/test', size: 2, root: new Uint8Array(32) }));
    await lab.byHand(place, `INSERT INTO checkpoints (origin, size, note) VALUES ('tidegate/test', 2, '${foreign}')`);
    await expect(store.audit.checkpoint()).rejects.toThrow(LedgerKeyUnfit);
    expect(await store.audit.checkpoints(0, 100)).toHaveLength(1);
  });

  it('are not put over newer ones by a process that is slower', async () => {
    const file = filePlace(join(folder, 'elsewhere'));
    let letGo: (() => void) | undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let hasTried = false;
    const slow: CheckpointPlace = {
      ...file,
      publish: async (...note) => {
        await held;
        await file.publish(...note);
        hasTried = true;
      },
    };
    const slower = await ledger({ every: 2, places: [slow] });
    await fill(slower, 0, 2);
    const { key } = slower.audit;
    await until('a checkpoint of two records', 60_000, async () => sizeIn(await filePlace(settings.markFile).read(), key) === 2);
    await fill(await ledger({ every: 2, places: [file] }), 2, 4);
    await until('a checkpoint of four records', 60_000, async () => sizeIn(await file.read(), key) === 4);
    letGo?.();
    await until('the slower one to have tried', 60_000, async () => hasTried);
    expect(sizeIn(await file.read(), key)).toBe(4);
    expect(warnings).toEqual([]);
  });

  it('leave the mark of more records beside a ledger that was restored while it is open, and say so', async () => {
    const store = await ledger();
    await fill(store, 0, 8);
    await store.audit.checkpoint();
    await lab.unguarded(place, 'DELETE FROM records WHERE sequence > 4', 'DELETE FROM checkpoints');
    await expect(store.audit.checkpoint()).rejects.toThrow(LedgerShorter);
    expect(sizeIn(readFileSync(settings.markFile, 'utf8'), store.audit.key)).toBe(8);
  });

  it('are signed and published before whoever seals goes on, and wait a moment for a place that does not answer, which is told when it says no', async () => {
    let fail: ((reason: Error) => void) | undefined;
    const silent: CheckpointPlace = {
      name: 'silence',
      publish: () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
      read: async () => undefined,
    };
    const file = filePlace(join(folder, 'elsewhere'));
    const store = await ledger({ places: [silent, file], patienceMs: 300 });
    await fill(store, 0, 3);
    await store.seal();
    expect(sizeIn(await file.read(), store.audit.key)).toBe(3);
    expect(sizeIn(readFileSync(settings.markFile, 'utf8'), store.audit.key)).toBe(3);
    expect(warnings).toEqual([]);
    fail?.(new Error('gone away'));
    await until('a warning', 60_000, async () => warnings.length > 0);
    expect(warnings).toEqual([expect.stringContaining('not published to silence, which is tried again: gone away')]);
  });

  it('that cannot be signed keep whoever seals from going on', async () => {
    const store = await ledger();
    await fill(store, 0, 8);
    await store.seal();
    await lab.unguarded(place, "UPDATE records SET leaf = '00' WHERE sequence = 3");
    await fill(store, 8, 9);
    await expect(store.seal()).rejects.toThrow(LedgerDiffers);
    expect(sizeIn(readFileSync(settings.markFile, 'utf8'), store.audit.key)).toBe(8);
  });

  it('prove each record, and one that was erased is proved without who and why', async () => {
    const store = await ledger();
    await fill(store, 0, 20);
    await store.audit.erase([7], { ...entry('erasure'), actor: 'olga', reason: 'asked for' });
    const proof = await store.audit.prove(7);
    expect(proof?.record.personal).toBeUndefined();
    expect(proof?.inclusion.length).toBeGreaterThan(3);
    expect(await store.audit.records({ limit: 1, action: 'personal-data-erased' })).toMatchObject([
      { sequence: 21, facts: { names: ['7'] }, personal: { actor: 'olga', reason: 'asked for' } },
    ]);
    expect((await store.entries({ after: 6, limit: 1 }))[0]?.entry).toMatchObject({ actor: '(erased)', key: 'erased/7' });
    expect(await store.audit.prove(22)).toBeUndefined();
  });
});

describe('checkpoints of a ledger in a file', () => {
  it('keep it from starting wherever it was cut off, and nothing is written to what is left', async () => {
    const whole = join(folder, 'whole.db');
    const at = (file: string) => open.open({ file }, { checkpoints: settings });
    const store = await at(whole);
    await fill(store, 0, 300);
    await store.audit.checkpoint();
    // Everything is in the file itself from here on, as it is once all processes have ended.
    await store.audit.erase([1], entry('erasure'));
    open.closeAll();
    const { size } = statSync(whole);
    for (const length of [0, 50, 4_096, Math.floor(size / 2), size - 4_096, size - 100]) {
      const cut = join(folder, `cut-${length}.db`);
      writeFileSync(cut, readFileSync(whole).subarray(0, length));
      await expect(at(cut)).rejects.toThrow(length === 0 ? /has 0 records, and had 300/ : /is damaged.*Restore it from a backup/);
      if (length > 0) expect(statSync(cut).size).toBe(length);
    }
    await expect(at(whole)).resolves.toBeDefined();
  });
});

describe('where checkpoints go', () => {
  const NOTE = 'tidegate/test\n3\nAAAA\n\n— tidegate/test AAAA\n';

  it('a branch of a git repository gets each as a commit, and keeps what else it has', async () => {
    const repository = join(folder, 'audit.git');
    execFileSync('git', ['init', '--quiet', '--bare', repository]);
    const branch = createCheckpointBranch({
      repository,
      branch: 'checkpoints',
      file: 'ledger/checkpoint',
      directory: join(folder, 'git'),
      environment: { PATH: process.env.PATH, HOME: folder },
    });
    expect(await branch.read()).toBeUndefined();
    await branch.publish(NOTE);
    await branch.publish(NOTE);
    await branch.publish(NOTE.replace('3', '4'));
    await branch.publish(NOTE, () => false);
    expect(await branch.read()).toBe(NOTE.replace('3', '4'));
    expect(readdirSync(join(folder, 'git'))).toEqual(['repository.git']);
    const log = execFileSync('git', ['--git-dir', repository, 'log', '--format=%s', 'checkpoints']).toString();
    expect(log).toBe('Checkpoint of 4 records\nCheckpoint of 3 records\n');
  });

  it('a registry gets an artifact under a tag', async () => {
    const registry = await startRegistry({ directory: folder, address: '127.0.0.1' });
    try {
      const { open: openRepository } = connectRegistries({ credentials: async () => undefined, access: () => ({ plainHttp: true }) });
      const artifact = createCheckpointArtifact(openRepository, `${registry.address}/tidegate/ledger`);
      expect(await artifact.read()).toBeUndefined();
      await artifact.publish(NOTE);
      await artifact.publish(NOTE.replace('3', '4'));
      await artifact.publish(NOTE, () => false);
      expect(await artifact.read()).toBe(NOTE.replace('3', '4'));
    } finally {
      await registry.stop();
    }
  });

  it('a webhook is handed each, with a signature, and a refusal is told', async () => {
    const got: { readonly body: string; readonly signature: unknown }[] = [];
    const server = createServer(async (request, response) => {
      got.push({ body: await text(request), signature: request.headers['tidegate-signature-256'] });
      response.writeHead(got.length === 1 ? 204 : 500).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
      const place = webhookPlace(url, async () => new Secret('s3cret'));
      await place.publish(NOTE);
      expect(got[0]).toEqual({ body: NOTE, signature: expect.stringMatching(/^sha256=[0-9a-f]{64}$/) });
      await expect(place.publish(NOTE)).rejects.toThrow('it answers 500');
    } finally {
      server.close();
    }
  });
});
