import { describe, expect, it } from '@jest/globals';
import { createLedgerActivities, type Ledger, UnknownRelease } from '../../activities/ledger.ts';
import type { LedgerEntry, StagePass, TakenBack } from '../../domain/ledger.ts';
import type { ReleaseRecord } from '../../domain/release.ts';

const RECORD: ReleaseRecord = { application: 'shop', number: 1, images: {}, initiator: 'dev', createdAt: '2026-01-01T00:00:00.000Z' };

class FakeLedger implements Ledger {
  readonly written: unknown[] = [];

  async append(entry: LedgerEntry) {
    this.written.push(entry);
  }
  fault: Error | undefined;
  async seal() {
    if (this.fault !== undefined) throw this.fault;
    this.written.push('sealed');
  }
  async release(_: string, number: number) {
    return number === 1 ? RECORD : undefined;
  }
  async recordPass(application: string, number: number, pass: StagePass, entry: LedgerEntry) {
    this.written.push([application, number, pass, entry]);
  }
  async takeBack(application: string, number: number, stage: string, takenBack: TakenBack, entry: LedgerEntry) {
    this.written.push([application, number, stage, takenBack, entry]);
  }
  async passes() {
    return [PASS];
  }
  async promotions() {
    return [{ stage: 'staging', person: 'ana' }];
  }
  async starters() {
    return ['sam', 'github/sam', 'github/ci[bot]'];
  }
}

const PASS: StagePass = { stage: 'test', pipelineRevision: 'r', images: {}, at: 'now' };

describe('the ledger as workflows ask for it', () => {
  it('opens a release with what it has passed, and which people else set it off or took it on by hand', async () => {
    expect(await createLedgerActivities(new FakeLedger()).openRelease({ application: 'shop', number: 1 })).toEqual({
      record: RECORD,
      passes: [PASS],
      promotions: [{ stage: 'staging', person: 'ana' }],
      starters: ['sam'],
    });
  });

  it('refuses a release that was never registered, and says how to make one', async () => {
    const opening = createLedgerActivities(new FakeLedger()).openRelease({ application: 'shop', number: 2 });
    await expect(opening).rejects.toThrow(UnknownRelease);
    await expect(opening).rejects.toThrow("shop has no release 2. 'tidegate release create' makes one");
  });

  it('hands on what is to be written, and has it sealed where somebody acts on it', async () => {
    const ledger = new FakeLedger();
    const { recordPass, takeBackStage, appendEntry, sealLedger } = createLedgerActivities(ledger);
    const takenBack: TakenBack = { to: 1, reason: 'Alarm pager', at: 'now' };
    const entry: LedgerEntry = { key: 'k', action: 'vote', actor: 'rita', application: 'shop', reason: '', at: 'now' };
    await appendEntry(entry);
    await recordPass({ application: 'shop', number: 1, pass: PASS, entry });
    await takeBackStage({ application: 'shop', number: 1, stage: 'test', takenBack, entry });
    expect(await appendEntry({ ...entry, sealed: 'try' })).toBeUndefined();
    await sealLedger();
    expect(ledger.written.splice(3)).toEqual([entry, 'sealed', 'sealed']);
    expect(ledger.written).toEqual([entry, ['shop', 1, PASS, entry], ['shop', 1, 'test', takenBack, entry]]);
  });

  it('writes the record where nothing can be signed, and says why; workers of before are not told that it was', async () => {
    const ledger = new FakeLedger();
    ledger.fault = new Error('the key does not fit');
    const { appendEntry, sealLedger } = createLedgerActivities(ledger);
    const entry: LedgerEntry = { key: 'k', action: 'vote', actor: 'rita', application: 'shop', reason: '', at: 'now' };
    expect(await appendEntry({ ...entry, sealed: 'try' })).toEqual({ unsealed: 'the key does not fit' });
    expect(ledger.written).toEqual([entry]);
    await expect(appendEntry({ ...entry, sealed: true })).rejects.toThrow('the key does not fit');
    await expect(sealLedger()).rejects.toThrow('the key does not fit');
  });
});
