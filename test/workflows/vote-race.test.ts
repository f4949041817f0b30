import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { LedgerStore } from '../../adapters/ledger/ledger-store.ts';
import type { LedgerEntry } from '../../domain/ledger.ts';
import { LEDGER_LABS, type LedgerLab, OpenLedgers } from '../support/ledger-labs.ts';
import { type Shop, stageOf, WorkflowLab } from '../support/workflow-lab.ts';

const PEOPLE = Array.from({ length: 60 }, (_, index) => `p${index}`);
/** One more than vote, so that the gate stays closed and its count can be read. */
const APPROVERS = [...PEOPLE, 'absent'];
const RULE = { approvers: APPROVERS, count: APPROVERS.length, excludeInitiator: true, deadlineMs: 3_600_000 };

interface Request {
  readonly key: string;
  readonly person: string;
  readonly decision: 'approve' | 'withdraw';
}

/** Everybody approves, a third takes that back, a sixth comes round again; and the first forty requests are sent a second time. */
const ASKED: readonly Request[] = [
  ...PEOPLE.map((person) => ({ key: `yes-${person}`, person, decision: 'approve' as const })),
  ...PEOPLE.filter((_, index) => index % 3 === 0).map((person) => ({ key: `no-${person}`, person, decision: 'withdraw' as const })),
  ...PEOPLE.filter((_, index) => index % 2 === 0).map((person) => ({ key: `twice-${person}`, person, decision: 'approve' as const })),
  ...PEOPLE.filter((_, index) => index % 6 === 0).map((person) => ({ key: `again-${person}`, person, decision: 'approve' as const })),
  ...PEOPLE.filter((_, index) => index % 3 === 1).map((person) => ({ key: `off-${person}`, person, decision: 'withdraw' as const })),
  ...PEOPLE.filter((_, index) => index % 3 === 1).map((person) => ({ key: `off-${person}`, person, decision: 'withdraw' as const })),
];
const SENT: readonly Request[] = [...ASKED, ...ASKED.slice(0, 200 - ASKED.length)];

const open = new OpenLedgers();
let temporal: WorkflowLab;

beforeAll(async () => {
  temporal = await WorkflowLab.start('dev');
});
afterAll(() => temporal.stop());

/** As the command line does: asks again under the same key until it is answered or refused. */
async function send(shop: Shop, { key, person, decision }: Request): Promise<'taken' | 'refused'> {
  const message = { stage: 'production', decision, person, comment: key };
  for (;;) {
    try {
      await temporal.engineAtOnce.vote(shop.name, 1, message, key);
      return 'taken';
    } catch (error) {
      if (error instanceof Error && error.name === 'Refused') return 'refused';
      if (!(error instanceof Error && ['WorkerUnavailable', 'WorkflowBusy', 'TemporalUnavailable'].includes(error.name))) throw error;
    }
  }
}

/** Who approves, by nothing but what the ledger wrote down and in which order. */
function modelOf(records: readonly LedgerEntry[]): ReadonlySet<string> {
  const approving = new Set<string>();
  for (const { actor, reason } of records)
    if (reason.startsWith('approve')) approving.add(actor);
    else approving.delete(actor);
  return approving;
}

async function votesIn(ledger: LedgerStore): Promise<readonly LedgerEntry[]> {
  return (await ledger.entries({ limit: 10_000 })).map(({ entry }) => entry).filter(({ action }) => action === 'vote');
}

async function counted(shop: Shop): Promise<string | undefined> {
  const state = stageOf(await shop.status(1), 'production');
  return state?.kind === 'waiting' ? state.gates[0]?.reason : undefined;
}

async function waitingShop(lab: LedgerLab): Promise<{ readonly shop: Shop; readonly ledger: LedgerStore }> {
  const ledger = await open.open(await lab.newPlace());
  const shop = temporal.application([
    { kind: 'deploy', name: 'production', needs: [], environment: 'production', strategy: { kind: 'rolling', batch: 1 } },
  ]);
  shop.world.keeps = (entry) => ledger.append(entry);
  shop.world.policies = { ...shop.world.policies, production: { ...shop.world.policy('production'), approval: RULE } };
  await shop.start(1);
  await shop.reached(1, 'production', 'waiting');
  return { shop, ledger };
}

describe.each(LEDGER_LABS)('200 votes, duplicates and withdrawals at once, with a ledger in $kind', (lab) => {
  beforeAll(() => lab.start());
  afterAll(async () => {
    open.closeAll();
    await lab.stop();
  });

  it('give the one count that the records give, and one record for each that was taken', async () => {
    const { shop, ledger } = await waitingShop(lab);
    expect(SENT).toHaveLength(200);
    const ends = await Promise.all(SENT.map(async (request) => ({ ...request, end: await send(shop, request) })));

    const records = await votesIn(ledger);
    const keyOf = ({ reason }: LedgerEntry) => reason.split(': ')[1] ?? '';
    const taken = new Set(ends.filter(({ end }) => end === 'taken').map(({ key }) => key));
    expect(records.map(keyOf).sort()).toEqual([...taken].sort());
    // Whoever sent one request twice heard the same twice.
    for (const { key, end } of ends) expect([key, end]).toEqual([key, taken.has(key) ? 'taken' : 'refused']);
    // Each record is of the person and the word that its request came with.
    const said = new Map(ASKED.map((request) => [request.key, request]));
    for (const record of records)
      expect(said.get(keyOf(record))).toMatchObject({ person: record.actor, decision: record.reason.split(': ')[0] });
    const approving = modelOf(records);
    expect(approving.size).toBeGreaterThan(10);
    expect(await counted(shop)).toBe(`Waiting for ${APPROVERS.length - approving.size} of ${APPROVERS.length} approvals`);
    expect(shop.world.askedOfHosts()).toEqual([]);
  }, 240_000);
});
