import type { Form } from './rules.ts';

export const GATE_KINDS = [
  'promotion',
  'approval',
  'soak',
  'window',
  'freeze',
  'block',
  'hold',
  'trust',
  'metric',
  'check',
  'application',
] as const;
export type GateKind = (typeof GATE_KINDS)[number];

/** Why a gate is open or closed, for people and machines. */
export interface GateReport {
  readonly kind: GateKind;
  /**
   * What it is called among all gates of its stage, for a broken glass and for people: `environment/window`, and of a freeze, a block or a hold the
   * decision's own id. Absent where it has none, as in reports of before.
   */
  readonly id?: string;
  /** Tells gates of one kind apart. */
  readonly name?: string;
  readonly open: boolean;
  /** A sentence: what holds it, or why it is open. */
  readonly reason: string;
  /** Who or what can open it. */
  readonly openedBy: readonly string[];
  /** The next moment at which it can change by itself, ISO 8601. */
  readonly changesAt?: string;
  /** What an approval must tell, as a JSON schema. */
  readonly form?: Form;
}

/** The member of a report that says when it changes; none where it does not. */
export function changing(moment: number | undefined): { readonly changesAt?: string } {
  return moment === undefined || !Number.isFinite(moment) ? {} : { changesAt: new Date(moment).toISOString() };
}
