import type { LedgerAction, LedgerEntry } from './ledger.ts';
import { type BreakGlass, type Ratification, type StandingDecision, scopeOf } from './standing.ts';

const KEPT: Readonly<Record<StandingDecision['kind'], LedgerAction>> = {
  freeze: 'freeze-begun',
  block: 'release-blocked',
  hold: 'environment-held',
  'break-glass': 'glass-broken',
  delegation: 'vote-delegated',
};

const ENDED: Readonly<Record<Exclude<StandingDecision['kind'], 'break-glass'>, LedgerAction>> = {
  freeze: 'freeze-lifted',
  block: 'block-lifted',
  hold: 'hold-released',
  delegation: 'delegation-ended',
};

/** The record of a decision; its key lets a repeated request find the first. */
export function keptEntry(decision: StandingDecision): LedgerEntry {
  const { id, by, at } = decision;
  return { key: `standing/${id}/kept`, action: KEPT[decision.kind], actor: by, ...about(decision), reason: reasonOf(decision), at };
}

/** The record that somebody ended it before its time. */
export function endedEntry(
  decision: Exclude<StandingDecision, BreakGlass>,
  { by, at, reason }: { readonly by: string; readonly at: string; readonly reason: string },
): LedgerEntry {
  const said = `${decision.id}${reason === '' ? '' : `: ${reason}`}`;
  return { key: `standing/${decision.id}/ended`, action: ENDED[decision.kind], actor: by, ...about(decision), reason: said, at };
}

/** The record that a second person stands by it. */
export function ratifiedEntry(glass: BreakGlass, { by, at }: Ratification, reason: string): LedgerEntry {
  const said = `${glass.id} of ${glass.by}, incident ${glass.incident}${reason === '' ? '' : `: ${reason}`}`;
  return { key: `standing/${glass.id}/ratified`, action: 'glass-ratified', actor: by, ...about(glass), reason: said, at };
}

function about(decision: StandingDecision): Pick<LedgerEntry, 'application' | 'environment' | 'release'> {
  const release = 'release' in decision ? decision.release : undefined;
  return { ...scopeOf(decision), ...(release !== undefined && { release }) };
}

function reasonOf(decision: StandingDecision): string {
  const { id, reason } = decision;
  switch (decision.kind) {
    case 'freeze':
      return `${id} of ${decision.owner}, from ${decision.from} until ${decision.until}: ${reason}`;
    case 'block':
      return decision.digest === undefined ? `${id}: ${reason}` : `${id}, image ${decision.digest}: ${reason}`;
    case 'hold':
      return decision.until === undefined ? `${id}: ${reason}` : `${id}, until ${decision.until}: ${reason}`;
    case 'delegation':
      return `${id} to ${decision.to}, until ${decision.until}: ${reason}`;
    case 'break-glass':
      return `${id}, incident ${decision.incident}, past ${decision.skips.join(', ')}, until ${decision.expiresAt}, to be ratified until ${decision.ratifyBy} or ${decision.consequence}: ${reason}`;
  }
}
