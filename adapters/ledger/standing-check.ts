import type { EndedBy, KeptDecision } from '../../activities/standing.ts';
import type { LedgerAction, LedgerEntry } from '../../domain/ledger.ts';
import { endOf, type Freeze, type Ratification, type StandingDecision } from '../../domain/standing.ts';
import { keptEntry } from '../../domain/standing-record.ts';
import type { Row } from './database.ts';
import { type KeptRecord, StandingRecords } from './standing-records.ts';
import { STANDING_STATEMENTS } from './standing-statements.ts';
import type { Reader } from './tree-rows.ts';
import { contentOf, type Difference, saysTheSame, unvouchingEntries } from './vouching.ts';

/** What stands, by rows that the ledger vouches for, and which rows it does not. */
export interface Checked {
  readonly decisions: readonly StandingDecision[];
  readonly differences: readonly Difference[];
}

/** A freeze that stands in for a decision that can no longer be read. */
const FOR_EVER = '9999-12-31T23:59:59.999Z';

/**
 * Holds decisions against their records each time that they are read. A row without a record counts for nothing. A decision that lets something
 * past counts for nothing either once its row is not as it was recorded; one that holds something up holds up all of its application and environment.
 */
export class StandingCheck {
  readonly #records = new StandingRecords();

  async read(reader: Reader, now: string): Promise<Checked> {
    await this.#records.refresh(reader);
    const current = await reader.read(STANDING_STATEMENTS.all(now));
    const missing = this.#missing(current);
    const rows = [...current, ...(await hidden(reader, missing))];
    const before = await unvouchingEntries(reader, this.#keysOf(rows));
    const lost = this.#missing(rows);
    const edited = new Set(lost.map(({ id }) => id));
    const seen = rows.filter(({ id }) => !edited.has(String(id))).map((row) => this.#look(row, before, now));
    return collect([...seen, ...lost.map(standIn)]);
  }

  /** Records of decisions that stand, as far as anybody knows, and that have no row of their content. */
  #missing(rows: readonly Row[]): readonly KeptRecord[] {
    const there = new Set(rows.map((row) => contentOf(String(row.body))));
    return [...this.#records.open.values()].filter(({ content }) => !there.has(content));
  }

  /** Keys of records that may be from before records vouched for anything. */
  #keysOf(rows: readonly Row[]): readonly string[] {
    const { known, changes } = this.#records;
    return rows.flatMap((row) => {
      const id = String(row.id);
      return [
        ...(known.has(contentOf(String(row.body))) ? [] : [`standing/${id}/kept`]),
        ...(row.ended === null || changes.has(contentOf(id, String(row.ended))) ? [] : [`standing/${id}/ended`]),
        ...(row.ratified === null || changes.has(contentOf(id, String(row.ratified))) ? [] : [`standing/${id}/ratified`]),
      ];
    });
  }

  #look(row: Row, before: Before, now: string): Look {
    const { decision, ended } = readDecision(row);
    const { id } = decision;
    const content = contentOf(String(row.body));
    const isKept = this.#records.known.has(content) || saysTheSame(before.get(`standing/${id}/kept`), keptEntry(decision));
    if (!isKept) return ended === undefined ? { differences: [told(decision, 'no record tells of it, so it counts for nothing')] } : {};
    const isChanged = (change: 'ended' | 'ratified') =>
      this.#records.changes.has(contentOf(id, String(row[change]))) || before.has(`standing/${id}/${change}`);
    if (this.#records.ended.has(id) || (ended !== undefined && isChanged('ended'))) return {};
    const end = endOf(decision);
    if (end !== undefined && end <= now) {
      this.#records.open.delete(content);
      return {};
    }
    const differences = [
      ...(ended === undefined ? [] : [told(decision, 'no record tells that it ended, so it stands')]),
      ...(String(row.ends) > now ? [] : [told(decision, 'its row says that it is over, and its record that it is not, so it stands')]),
    ];
    if (decision.kind !== 'break-glass' || decision.ratified === undefined || isChanged('ratified')) return { decision, differences };
    const { ratified: _, ...unratified } = decision;
    return { decision: unratified, differences: [...differences, told(decision, 'no record tells that anybody ratified it')] };
  }
}

type Before = Awaited<ReturnType<typeof unvouchingEntries>>;

interface Look {
  readonly decision?: StandingDecision;
  readonly differences?: readonly Difference[];
}

/** Rows that say that they are over, of decisions that may not be. */
async function hidden(reader: Reader, missing: readonly KeptRecord[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const ids = missing.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const contents = new Set(missing.map(({ content }) => content));
  for (const statement of STANDING_STATEMENTS.withIds(ids)) rows.push(...(await reader.read(statement)));
  // One of another content is edited, and not what was decided.
  return rows.filter((row) => contents.has(contentOf(String(row.body))));
}

const KINDS: Readonly<Partial<Record<LedgerAction, StandingDecision['kind']>>> = {
  'freeze-begun': 'freeze',
  'release-blocked': 'block',
  'environment-held': 'hold',
  'vote-delegated': 'delegation',
  'glass-broken': 'break-glass',
};

/** What holds something up still does when its row is gone; what lets something past does not. Its record alone says where. */
function standIn({ id, entry }: KeptRecord): Look {
  // Its record was erased, and its row is over or gone: nothing is left of it.
  if (id === undefined) return {};
  const kind = KINDS[entry.action];
  const what = `${kind} ${id}`;
  if (kind === 'break-glass' || kind === 'delegation')
    return { differences: [{ what, reason: 'its row is not as it was recorded, so it counts for nothing' }] };
  const reason = `its row is not as it was recorded, so nothing goes forward there until 'tidegate unfreeze ${id}'`;
  return { decision: frozen(id, entry), differences: [{ what, reason }] };
}

function frozen(id: string, { application, environment, actor, at, reason }: LedgerEntry): Freeze {
  return {
    kind: 'freeze',
    id,
    scope: { ...(application !== undefined && { application }), ...(environment !== undefined && { environment }) },
    ...{ owner: actor, by: actor, at, from: at, until: FOR_EVER },
    reason: `its row in the database was changed, and its record says: ${reason}`,
  };
}

function collect(looks: readonly Look[]): Checked {
  return {
    decisions: looks.flatMap(({ decision }) => (decision === undefined ? [] : [decision])),
    differences: looks.flatMap(({ differences = [] }) => differences),
  };
}

function told({ kind, id }: StandingDecision, reason: string): Difference {
  return { what: `${kind} ${id}`, reason };
}

export function readDecision(row: Row): KeptDecision {
  const decision = JSON.parse(String(row.body)) as StandingDecision;
  const ratified = row.ratified === null ? undefined : (JSON.parse(String(row.ratified)) as Ratification);
  const known = decision.kind === 'break-glass' && ratified !== undefined ? { ...decision, ratified } : decision;
  return { decision: known, ...(row.ended !== null && { ended: JSON.parse(String(row.ended)) as EndedBy }) };
}
