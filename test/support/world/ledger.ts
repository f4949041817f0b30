import { ApplicationFailure } from '@temporalio/common';
import type { RecordedEntry } from '../../../activities/ledger.ts';
import type { LedgerEntry, StagePass, TakenBack } from '../../../domain/ledger.ts';
import type { Ratification, StandingDecision } from '../../../domain/standing.ts';
import type { WorldState } from './world-state.ts';

/** The ledger, which knows each record once, and releases by it. */
export function ledgerOf(world: WorldState) {
  return {
    openRelease: async ({ application, number }: { application: string; number: number }) => {
      const record = world.records.get(`${application}/${number}`);
      if (record === undefined) throw ApplicationFailure.nonRetryable(`no release ${number}`, 'UnknownRelease');
      const asked = world.ledger.filter(({ action, release }) => action === 'promotion-requested' && release === number);
      const promotions = asked.map(({ stage = '', actor }) => ({ stage, person: actor }));
      const also = world.ledger.filter(({ action, release }) => action === 'release-started-too' && release === number);
      const starters = also.map(({ actor }) => actor);
      return { record, passes: world.passes.get(`${application}/${number}`) ?? [], promotions, starters };
    },
    recordPass: async ({
      application,
      number,
      pass,
      entry,
    }: {
      application: string;
      number: number;
      pass: StagePass;
      entry: LedgerEntry;
    }) => {
      await append(world, entry);
      const others = (world.passes.get(`${application}/${number}`) ?? []).filter(({ stage }) => stage !== pass.stage);
      world.passes.set(`${application}/${number}`, [...others, pass]);
    },
    takeBackStage: async ({
      application,
      number,
      stage,
      takenBack,
      entry,
    }: {
      application: string;
      number: number;
      stage: string;
      takenBack: TakenBack;
      entry: LedgerEntry;
    }) => {
      await append(world, entry);
      const passes = world.passes.get(`${application}/${number}`) ?? [];
      world.passes.set(
        `${application}/${number}`,
        passes.map((pass) => (pass.stage === stage ? { ...pass, takenBack } : pass)),
      );
    },
    appendEntry: async ({ sealed, ...entry }: RecordedEntry) => {
      await append(world, entry);
      return sealed === 'try' ? seal(world).catch(({ message }: Error) => ({ unsealed: message })) : undefined;
    },
    sealLedger: () => seal(world),
    keepDecision: async ({ decision, entry }: { decision: StandingDecision; entry: LedgerEntry }): Promise<void> => {
      await append(world, entry);
      if (!world.decisions.has(decision.id)) world.decisions.set(decision.id, decision);
    },
    ratifyDecision: async ({ id, ratified, entry }: { id: string; ratified: Ratification; entry: LedgerEntry }): Promise<void> => {
      await append(world, entry);
      const glass = world.decisions.get(id);
      if (glass?.kind === 'break-glass') world.decisions.set(id, { ...glass, ratified: glass.ratified ?? ratified });
    },
    endDecision: async ({ id, entry }: { id: string; entry: LedgerEntry }): Promise<void> => {
      await append(world, entry);
      world.decisions.delete(id);
    },
  };
}

async function seal(world: WorldState): Promise<void> {
  await world.meet('sealLedger');
  world.sealed.push(world.ledger.at(-1)?.key ?? '');
}

async function append(world: WorldState, entry: LedgerEntry): Promise<void> {
  await world.meet('appendEntry');
  await world.keeps(entry);
  if (!world.ledger.some((other) => other.key === entry.key)) world.ledger.push(entry);
}
