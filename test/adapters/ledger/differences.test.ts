import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ReleaseDiffers } from '../../../adapters/ledger/errors.ts';
import type { LedgerStore } from '../../../adapters/ledger/ledger-store.ts';
import type { LedgerPlace } from '../../../adapters/ledger/open-ledger.ts';
import { parseDigest } from '../../../domain/digest.ts';
import type { LedgerEntry, StagePass } from '../../../domain/ledger.ts';
import { bindingOf, type Identity } from '../../../domain/people/identity.ts';
import { skeletonOf } from '../../../domain/people/person-name.ts';
import { creationOf, type KeptToken, revocationOf } from '../../../domain/people/token.ts';
import type { Block, BreakGlass, Delegation, Freeze } from '../../../domain/standing.ts';
import { endedEntry, keptEntry, ratifiedEntry } from '../../../domain/standing-record.ts';
import { LEDGER_LABS, OpenLedgers } from '../../support/ledger-labs.ts';

const COMMIT = 'c'.repeat(40);
const NOON = '2026-03-02T12:00:00.000Z';
const ONE = '2026-03-02T13:00:00.000Z';
const decided = { reason: 'the sale', by: 'olga', at: NOON };
const scope = { application: 'shop', environment: 'production' };
const freeze: Freeze = { kind: 'freeze', id: 'freeze-1', scope, owner: 'sales', from: NOON, until: ONE, ...decided };
const image = `sha256:${'a'.repeat(64)}`;
const block: Block = { kind: 'block', id: 'block-1', digest: parseDigest(image), ...decided };
const lent: Delegation = { kind: 'delegation', id: 'delegation-1', to: 'sam', groups: [], until: ONE, ...decided };
const glass: BreakGlass = {
  kind: 'break-glass',
  id: 'break-glass-1',
  ...scope,
  ...{ release: 1, digests: [], skips: ['freeze'], incident: 'INC-1', expiresAt: ONE, ratifyBy: ONE, consequence: 'freeze' },
  ...decided,
};
const DECISIONS = [freeze, block, lent, glass];
const OVER = { by: 'olga', at: NOON, reason: 'over' };
const OWNER = { person: 'olga', authentication: 'configured token', requestId: 'request-1' };
const token: KeptToken = {
  id: '0123456789',
  person: 'rita',
  holder: { issuer: 'tidegate.yaml', subject: '' },
  note: 'nightly',
  scope: { role: 'viewer' },
  createdAt: NOON,
  createdBy: 'olga',
  expiresAt: ONE,
};
const pass: StagePass = { stage: 'test', pipelineRevision: 'r', images: { web: `r/web@${image}` }, at: NOON };
const stageEntry = (key: string, action: 'stage-passed' | 'stage-taken-back'): LedgerEntry => ({
  ...{ key, action, actor: 'tidegate', application: 'shop', release: 1, stage: 'test', reason: 'so it is', at: NOON },
});

const open = new OpenLedgers();
afterEach(() => open.closeAll());

describe.each(LEDGER_LABS)('what is kept beside the records in $kind', (lab) => {
  let place: LedgerPlace;
  let ledger: LedgerStore;
  let now: string;
  const reopened = () => open.open(place, { now: () => new Date(now) });
  const edited = (...statements: string[]) => lab.unguarded(place, ...statements);
  const differences = async () => (await ledger.audit.differences()).map(({ what, reason }) => `${what}: ${reason}`);
  const idsThatStand = async () => (await ledger.decisions.all()).map(({ kind, id }) => `${kind} ${id}`);

  beforeAll(() => lab.start());
  afterAll(() => lab.stop());
  beforeEach(async () => {
    now = NOON;
    place = await lab.newPlace();
    ledger = await reopened();
    for (const decision of DECISIONS) await ledger.decisions.keep(decision, keptEntry(decision));
    await ledger.people.keepToken(token, 'its-hash', creationOf(token, OWNER));
    await ledger.register({ application: 'shop', key: 'k', images: {}, initiator: 'dev', commit: COMMIT });
    await ledger.recordPass('shop', 1, pass, stageEntry('p', 'stage-passed'));
  });

  it('is as its records say, in the process that wrote it and in others, also once decisions are over', async () => {
    expect(await ledger.decisions.all()).toEqual(DECISIONS);
    await ledger.decisions.end('block-1', OVER, endedEntry(block, OVER));
    const other = await reopened();
    for (const one of [ledger, other]) {
      expect(await one.decisions.all()).toEqual([freeze, lent, glass]);
      expect(await one.audit.differences()).toEqual([]);
    }
    now = ONE;
    for (const one of [ledger, other, await reopened()]) {
      expect(await one.decisions.all()).toEqual([]);
      expect(await one.audit.differences()).toEqual([]);
    }
    expect(await ledger.people.findToken(token.id)).toEqual({ token, hash: 'its-hash' });
    expect(await ledger.passes('shop', 1)).toEqual([pass]);
  });

  it.each([
    ['whose end was brought forward', `UPDATE standing SET ends = '2026-01-01' WHERE id = 'freeze-1'`, 'its row says that it is over'],
    [
      'that was moved elsewhere',
      `UPDATE standing SET body = replace(body, 'production', 'staging') WHERE id = 'freeze-1'`,
      'unfreeze freeze-1',
    ],
    ['that was deleted', `DELETE FROM standing WHERE id = 'freeze-1'`, "so nothing goes forward there until 'tidegate unfreeze freeze-1'"],
    [
      'that was ended by hand',
      `INSERT INTO standing_changes (id, change, body) VALUES ('freeze-1', 'ended', '{"at":"${NOON}","by":"olga","reason":"x"}')`,
      'no record tells that it ended, so it stands',
    ],
  ])('still holds up what a freeze did %s, says which, and lets a person lift it', async (_, statement, reason) => {
    await edited(statement);
    for (const one of [ledger, await reopened()]) {
      expect((await one.decisions.standing('shop', 'production')).freezes).toMatchObject([{ id: 'freeze-1', scope }]);
      expect((await one.decisions.standing('shop', 'staging')).freezes).toEqual([]);
    }
    expect(await differences()).toEqual([expect.stringMatching(new RegExp(`^freeze freeze-1: .*${reason}`))]);
    const kept = await ledger.decisions.find('freeze-1');
    expect(kept).toMatchObject({ decision: { kind: 'freeze', by: 'olga' } });
    await ledger.decisions.end('freeze-1', OVER, endedEntry(freeze, OVER));
    expect(await idsThatStand()).not.toContain('freeze freeze-1');
    expect(await differences()).toEqual([]);
  });

  it('holds up everything of its scope where a block can no longer be read', async () => {
    await edited(`UPDATE standing SET body = replace(body, '${'a'.repeat(64)}', '${'b'.repeat(64)}') WHERE id = 'block-1'`);
    expect((await ledger.decisions.standing('bank', 'staging')).freezes).toMatchObject([{ id: 'block-1', scope: {} }]);
    expect((await ledger.decisions.standing('bank', 'staging')).blocks).toEqual([]);
  });

  it('lets nothing past by what was added or changed by hand', async () => {
    await edited(
      `UPDATE standing SET body = replace(body, '"sam"', '"eve"') WHERE id = 'delegation-1'`,
      `INSERT INTO standing SELECT 99, 'break-glass-2', application, environment, ends, replace(body, 'break-glass-1', 'break-glass-2') FROM standing WHERE id = 'break-glass-1'`,
      `INSERT INTO standing_changes (id, change, body) VALUES ('break-glass-1', 'ratified', '{"at":"${NOON}","by":"eve"}')`,
    );
    expect(await idsThatStand()).toEqual(['freeze freeze-1', 'block block-1', 'break-glass break-glass-1']);
    expect((await ledger.decisions.standing('shop', 'production')).breakGlass).toEqual([glass]);
    expect(await differences()).toEqual([
      'break-glass break-glass-1: no record tells that anybody ratified it',
      expect.stringContaining('break-glass break-glass-2: no record tells of it'),
      expect.stringContaining('delegation delegation-1: its row is not as it was recorded'),
    ]);
    await ledger.decisions.ratify('break-glass-1', { by: 'ron', at: NOON }, ratifiedEntry(glass, { by: 'ron', at: NOON }, ''));
    expect(await ledger.audit.records({ limit: 1, action: 'glass-ratified' })).toHaveLength(1);
  });

  it('opens nothing by a token that was made, widened or brought back by hand', async () => {
    await edited(
      `INSERT INTO tokens SELECT '9999999999', 'other', person, replace(body, '0123456789', '9999999999'), created_at, '', '', '' FROM tokens`,
    );
    expect(await ledger.people.findToken('9999999999')).toMatchObject({ doubt: expect.stringContaining('no record tells of it') });
    expect((await ledger.people.findToken(token.id))?.doubt).toBeUndefined();
    await edited(`UPDATE tokens SET body = replace(body, 'viewer', 'owner') WHERE id = '0123456789'`);
    expect((await ledger.people.findToken(token.id))?.doubt).toContain('no record tells of it');
    await edited(`UPDATE tokens SET body = replace(body, 'owner', 'viewer') WHERE id = '0123456789'`);
    await ledger.people.revokeToken(token.id, 'olga', NOON, revocationOf(token, OWNER, NOON));
    expect((await ledger.people.findToken(token.id))?.doubt).toBeUndefined();
    await edited(`UPDATE tokens SET revoked_at = '', revoked_by = ''`);
    expect((await ledger.people.findToken(token.id))?.doubt).toContain('its record says that it was revoked');
    expect(await differences()).toEqual([
      expect.stringMatching(/^token (0123456789|9999999999): /),
      expect.stringMatching(/^token (0123456789|9999999999): /),
    ]);
  });

  it('lets nobody be another by a name that was moved, taken away or added by hand', async () => {
    const who = (subject: string, name: string): Identity => ({ issuer: 'https://id.example.com', subject, name, at: NOON });
    const bind = (one: LedgerStore, identity: Identity) =>
      one.people.bindIdentity(identity, skeletonOf(identity.name), bindingOf(identity));
    const named = async (subject: string) => {
      const found = await (await reopened()).people.identity('https://id.example.com', subject);
      return found && [found.name, found.doubt === undefined];
    };
    expect(await bind(ledger, who('r-1', 'rita'))).toBe(true);
    expect(await bind(ledger, who('e-1', 'eve'))).toBe(true);
    expect([await named('r-1'), await named('e-1'), await named('x')]).toEqual([['rita', true], ['eve', true], undefined]);
    expect(await differences()).toEqual([]);
    const restored = `UPDATE identities SET subject = 'r-1' WHERE name = 'rita'`;
    await edited(`UPDATE identities SET subject = 'mallory' WHERE name = 'rita'`);
    expect([await named('mallory'), await named('r-1')]).toEqual([['rita', false], undefined]);
    expect(await differences()).toEqual([expect.stringContaining('name rita: ')]);
    await edited(restored, `UPDATE identities SET body = replace(body, '"r-1"', '"mallory"'), subject = 'mallory' WHERE name = 'rita'`);
    expect(await named('mallory')).toEqual(['rita', false]);
    expect((await ledger.people.identityNamed('rita'))?.doubt).toContain('no record tells of it');
    await edited(`DELETE FROM identities WHERE name = 'rita'`);
    expect(await differences()).toEqual([expect.stringMatching(/^name rita: .*its row is missing/)]);
    // Nobody comes into what is left of it, nor takes a name that looks like it.
    for (const one of [who('mallory', 'rita'), who('mallory', 'r1ta')]) expect(await bind(ledger, one)).toBe(false);
    await edited(
      `INSERT INTO identities SELECT issuer, 'mallory', 'olga', 'olga', replace(replace(body, 'e-1', 'mallory'), 'eve', 'olga') FROM identities`,
    );
    expect([await named('mallory'), await named('e-1')]).toEqual([
      ['olga', false],
      ['eve', true],
    ]);
    expect(await differences()).toHaveLength(2);
  });

  it('misses no name that is written down while it is looked for', async () => {
    const other = await reopened();
    const bind = (count: number) => {
      const identity = { issuer: 'https://id.example.com', subject: `${count}`, name: `person-${'x'.repeat(count + 1)}`, at: NOON };
      return other.people.bindIdentity(identity, skeletonOf(identity.name), bindingOf(identity));
    };
    const seen: unknown[] = [];
    const looking = (async () => {
      for (let look = 0; look < 30; look += 1) seen.push(...(await ledger.audit.differences()));
    })();
    for (let count = 0; count < 30; count += 1) expect(await bind(count)).toBe(true);
    await looking;
    expect(seen).toEqual([]);
  });

  it('takes no stage for passed by hand, and none for passed that was taken back', async () => {
    await edited(
      `INSERT INTO passes SELECT 99, application, number, 'production', pipeline_revision, images, at FROM passes`,
      `INSERT INTO passes SELECT 98, application, number, stage, pipeline_revision, '{"web":"r/other"}', at FROM passes WHERE position = 1`,
    );
    expect(await ledger.passes('shop', 1)).toEqual([pass]);
    expect(await differences()).toHaveLength(2);
    const takenBack = { to: 7, reason: 'an alarm', at: NOON };
    await ledger.takeBack('shop', 1, 'test', takenBack, stageEntry('b', 'stage-taken-back'));
    expect(await ledger.passes('shop', 1)).toEqual([{ ...pass, takenBack }]);
    await edited('DELETE FROM stage_turns');
    expect(await ledger.passes('shop', 1)).toMatchObject([{ stage: 'test', takenBack: { reason: 'so it is' } }]);
    expect(await differences()).toContainEqual(expect.stringContaining('its record says that it was taken back'));
    await ledger.recordPass('shop', 1, { ...pass, at: ONE }, stageEntry('p2', 'stage-passed'));
    expect(await ledger.passes('shop', 1)).toEqual([pass]);
    await edited('DELETE FROM passes');
    expect(await ledger.passes('shop', 1)).toEqual([]);
    expect(await differences()).toContainEqual(expect.stringContaining('its row is missing'));
  });

  it('opens no release whose images were changed', async () => {
    expect(await ledger.release('shop', 1)).toMatchObject({ number: 1 });
    await edited(`UPDATE releases SET body = replace(body, '"images":{}', '"images":{"web":{"repository":"r/evil","digest":"${image}"}}')`);
    await expect(ledger.release('shop', 1)).rejects.toThrow(ReleaseDiffers);
    await expect(ledger.releaseOfCommit('shop', COMMIT)).rejects.toThrow(ReleaseDiffers);
    expect(await differences()).toEqual([expect.stringContaining('release shop#1: ')]);
  });

  it('of before records vouched for anything is taken as what they say', async () => {
    const rita = { issuer: 'https://id.example.com', subject: 'r-1', name: 'rita', at: NOON };
    await ledger.people.bindIdentity(rita, skeletonOf('rita'), bindingOf(rita));
    await edited(`UPDATE records SET content = '', facts = replace(facts, '"content":', '"names":[],"requestId":')`);
    const other = await reopened();
    expect(await other.decisions.all()).toEqual(DECISIONS);
    expect(await other.passes('shop', 1)).toEqual([pass]);
    expect(await other.release('shop', 1)).toMatchObject({ number: 1 });
    expect((await other.people.findToken(token.id))?.doubt).toBeUndefined();
    expect(await other.people.identity(rita.issuer, 'r-1')).toEqual(rita);
    expect(await other.audit.differences()).toEqual([]);
    await edited(`UPDATE standing SET body = replace(body, '13:00', '12:01') WHERE id = 'freeze-1'`);
    expect((await other.decisions.all()).map(({ id }) => id)).not.toContain('freeze-1');
    expect((await other.audit.differences()).map(({ what }) => what)).toEqual(['freeze freeze-1']);
  });

  it('is still vouched for once who and why of its records was erased, which leaves no trace of them in the file', async () => {
    await expect(ledger.audit.erase([1, 6], { ...stageEntry('e', 'stage-passed'), actor: 'olga' })).rejects.toThrow(
      'Record 1 is of freeze-1, which still stands',
    );
    await expect(ledger.audit.erase([5], stageEntry('e', 'stage-passed'))).rejects.toThrow('Record 5 is of token 0123456789');
    await expect(ledger.audit.erase([6, 700], stageEntry('e', 'stage-passed'))).rejects.toThrow('has no record 700');
    await ledger.append({ ...stageEntry('v', 'stage-passed'), action: 'vote', actor: 'mira', reason: 'words of mira alone' });
    expect(await ledger.audit.erase([6, 8], { ...stageEntry('e', 'stage-passed'), actor: 'olga' })).toEqual([6, 8]);
    expect(await ledger.audit.erase([8], stageEntry('again', 'stage-passed'))).toEqual([]);
    expect(await ledger.release('shop', 1)).toMatchObject({ number: 1 });
    expect(await ledger.audit.differences()).toEqual([]);
    if (!('file' in place)) return;
    for (const suffix of ['', '-wal']) expect(readFileSync(`${place.file}${suffix}`).includes('words of mira alone')).toBe(false);
  });
});
