import type { Digest } from './digest.ts';
import type { LedgerEntry } from './ledger.ts';
import type { KnownBy } from './people/known-by.ts';
import type { BreakGlass, Freeze } from './standing.ts';

/** What breaking the glass means in an environment, as its owners say. Times in milliseconds. */
export interface BreakGlassRules {
  /** How long the release may go past the gates. */
  readonly expiresMs: number;
  /** How long a second person has to ratify it. */
  readonly ratifyWithinMs: number;
  /** What follows where nobody does. */
  readonly consequence: BreakGlass['consequence'];
  /** How long a freeze lasts that follows. */
  readonly freezeMs: number;
}

/** Characters of somebody else's reason within one of ours. */
const LONGEST_REASON = 1_000;

export const DEFAULT_BREAK_GLASS: BreakGlassRules = {
  expiresMs: 3_600_000,
  ratifyWithinMs: 86_400_000,
  consequence: 'freeze',
  freezeMs: 7 * 86_400_000,
};

/** What somebody asks for in an emergency. */
export interface GlassWish {
  readonly id: string;
  readonly application: string;
  readonly environment: string;
  readonly release: number;
  readonly digests: readonly Digest[];
  /** Names of gates. */
  readonly skips: readonly string[];
  readonly incident: string;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
  readonly known?: KnownBy;
}

/** The decision that the wish is by the environment's rules. */
export function brokenGlass({ known: _, ...wish }: GlassWish, { expiresMs, ratifyWithinMs, consequence }: BreakGlassRules): BreakGlass {
  return { kind: 'break-glass', ...wish, expiresAt: later(wish.at, expiresMs), ratifyBy: later(wish.at, ratifyWithinMs), consequence };
}

/** Why this person cannot ratify it, or undefined when they can. */
export function objectionToRatifier(person: string, glass: BreakGlass, now: number): string | undefined {
  if (person === glass.by) return `${person} broke the glass and cannot ratify it; a second person can`;
  if (now >= Date.parse(glass.ratifyBy)) return `${glass.id} was to be ratified until ${glass.ratifyBy}`;
  return undefined;
}

/** The record that nobody ratified it in time: written before anything is done about it. */
export function consequenceEntry(glass: BreakGlass, at: string): LedgerEntry {
  const { id, application, environment, release, ratifyBy, consequence, by, incident } = glass;
  const reason = `${id} of ${by}, incident ${incident}, was not ratified until ${ratifyBy}: ${consequence}`;
  return { key: `standing/${id}/ended`, action: 'glass-consequence', actor: 'tidegate', application, environment, release, reason, at };
}

/** The freeze that follows; its id is the same however often it is made. `refused` says why a rollback did not follow instead. */
export function freezeAfter(
  { id, application, environment, release, by, incident }: BreakGlass,
  freezeMs: number,
  at: string,
  refused?: string,
): Freeze {
  const also = refused === undefined ? '' : `, and it was not rolled back: ${refused.slice(0, LONGEST_REASON)}`;
  return {
    kind: 'freeze',
    id: id.replace('break-glass', 'freeze'),
    scope: { application, environment },
    owner: by,
    from: at,
    until: later(at, freezeMs),
    reason: `nobody ratified that release ${release} went past gates for incident ${incident}${also}`,
    by: 'tidegate',
    at,
  };
}

function later(moment: string, milliseconds: number): string {
  return new Date(Date.parse(moment) + milliseconds).toISOString();
}
