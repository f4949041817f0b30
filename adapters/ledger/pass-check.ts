import { entryOf } from '../../domain/audit/record.ts';
import type { LedgerEntry, StagePass, TakenBack } from '../../domain/ledger.ts';
import { RECORD_STATEMENTS } from './record-statements.ts';
import { readPass, readRecord, readTurn } from './rows.ts';
import { STATEMENTS } from './statements.ts';
import type { Reader } from './tree-rows.ts';
import { TURN_STATEMENTS } from './turn-statements.ts';
import { contentOfPass, type Difference } from './vouching.ts';

/** What a release has passed, by rows that its records vouch for, and which rows they do not. */
export interface CheckedPasses {
  readonly passes: readonly StagePass[];
  readonly differences: readonly Difference[];
}

/** A pass without a record counts for nothing, and whether it was taken back is what the records say last. */
export async function readPasses(reader: Reader, application: string, number: number): Promise<CheckedPasses> {
  const passes = (await reader.read(STATEMENTS.passes(application, number))).map(readPass);
  const turns = new Map((await reader.read(TURN_STATEMENTS.of(application, number))).map(readTurn));
  const entries = (await reader.read(RECORD_STATEMENTS.passing(application, number))).map((row) => entryOf(readRecord(row)));
  const what = (stage: string) => `pass of stage ${stage} by ${application}#${number}`;
  const good = passes.filter((pass) => entries.some((entry) => vouchesFor(entry, contentOfPass(application, number, pass), pass.stage)));
  const isGood = new Set(good);
  const bad = passes.filter((pass) => !isGood.has(pass));
  const lost = entries.filter(({ action, stage = '' }) => action === 'stage-passed' && !passes.some((pass) => pass.stage === stage));
  return {
    passes: good.map((pass) => withReturn(pass, entries, turns.get(pass.stage) ?? undefined)),
    differences: [
      ...bad.map(({ stage }) => ({ what: what(stage), reason: 'no record tells of it as it is now, so it counts for nothing' })),
      ...lost.map(({ stage = '' }) => ({ what: what(stage), reason: 'its row is missing, so the stage has to pass again' })),
      ...hiddenReturns(passes, entries, turns).map((stage) => ({
        what: what(stage),
        reason: 'its record says that it was taken back, and its row does not, so it counts no more',
      })),
    ],
  };
}

/** Records of before vouch for nothing but the stage. */
function vouchesFor({ action, content, stage }: LedgerEntry, wanted: string, passed: string): boolean {
  return action === 'stage-passed' && (content === undefined ? stage === passed : content === wanted);
}

function lastOf(stage: string, entries: readonly LedgerEntry[]): LedgerEntry | undefined {
  return entries.findLast((entry) => entry.stage === stage);
}

function withReturn(pass: StagePass, entries: readonly LedgerEntry[], row: TakenBack | undefined): StagePass {
  const last = lastOf(pass.stage, entries);
  if (last?.action !== 'stage-taken-back') return pass;
  return { ...pass, takenBack: row ?? { to: 0, reason: last.reason, at: last.at } };
}

function hiddenReturns(
  passes: readonly StagePass[],
  entries: readonly LedgerEntry[],
  turns: ReadonlyMap<string, unknown>,
): readonly string[] {
  const stages = [...new Set(passes.map(({ stage }) => stage))];
  return stages.filter((stage) => lastOf(stage, entries)?.action === 'stage-taken-back' && turns.get(stage) == null);
}
