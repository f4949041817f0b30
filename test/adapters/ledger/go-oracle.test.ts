import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ledgerHash } from '../../../adapters/ledger/hashing.ts';
import { openLedger } from '../../../adapters/ledger/open-ledger.ts';
import { leafText } from '../../../domain/audit/record.ts';

const program = process.env.TIDEGATE_TLOG;
const EARLIER = 203;
const LATER = 611;

/** What Go is asked: a checkpoint, a record of it, and an earlier checkpoint that it grew from. */
interface Question {
  readonly key: string;
  readonly checkpoint: string;
  readonly index: number;
  readonly leaf: string;
  readonly inclusion: readonly string[];
  readonly earlier: string;
  readonly consistency: readonly string[];
}

function ask(question: Question): string {
  try {
    return execFileSync(program ?? '', { input: JSON.stringify(question) }).toString();
  } catch (error) {
    return String((error as { readonly stdout: Buffer }).stdout);
  }
}

if (program === undefined)
  process.stderr.write(
    "Left out: checkpoints and proofs before Go's own code, as TIDEGATE_TLOG names none. 'npm test' builds it where it can\n",
  );

const describeWithGo = program === undefined ? describe.skip : describe;

describeWithGo("checkpoints and proofs before golang.org/x/mod's note and tlog", () => {
  let folder: string;
  const questions: Question[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidegate-go-'));
    const file = join(folder, 'ledger.db');
    const ledger = await openLedger({ file, deadlineMs: 60_000 });
    const fill = (from: number, to: number) =>
      Promise.all(
        Array.from({ length: to - from }, (_, index) =>
          ledger.append({ key: `k${from + index}`, action: 'vote', actor: 'rita', reason: 'good', at: '2026-01-01T00:00:00.000Z' }),
        ),
      );
    await fill(0, EARLIER);
    const earlier = await ledger.audit.checkpoint();
    await fill(EARLIER, LATER);
    const { consistency = [] } = (await ledger.audit.proveGrowth(EARLIER)) ?? {};
    for (const sequence of [1, 2, 203, 204, 256, 257, 512, 600, 611]) {
      const proof = await ledger.audit.prove(sequence);
      if (proof === undefined) throw new Error(`There is no record ${sequence}`);
      const { key, checkpoint, inclusion, record } = proof;
      const leaf = leafText(record, ledgerHash);
      questions.push({ key, checkpoint, index: sequence - 1, leaf, inclusion, earlier: earlier.checkpoint, consistency });
    }
    ledger.close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are accepted', () => {
    expect(questions.map(ask)).toEqual(questions.map(() => 'accepted\n'));
  });

  it('are refused when any part of them is another', () => {
    const [first, second] = questions;
    if (first === undefined || second === undefined) throw new Error('No question was made');
    expect(ask({ ...first, leaf: second.leaf })).toMatch(/^inclusion:/);
    expect(ask({ ...first, index: 1 })).toMatch(/^inclusion:/);
    expect(ask({ ...first, inclusion: first.inclusion.slice(1) })).toMatch(/^inclusion:/);
    expect(ask({ ...first, consistency: first.consistency.slice(1) })).toMatch(/^consistency:/);
    expect(ask({ ...first, checkpoint: first.checkpoint.replace(String(LATER), String(LATER + 1)) })).toMatch(/^checkpoint:/);
    expect(ask({ ...first, earlier: first.earlier.replace(String(EARLIER), String(EARLIER - 1)) })).toMatch(/^earlier checkpoint:/);
  });
});
