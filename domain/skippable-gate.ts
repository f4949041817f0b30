/** Kinds of gates that break-glass can skip. Never among them: trust, a block, who may promote, and what a release must have passed before. */
export const SKIPPABLE_GATES = ['approval', 'soak', 'window', 'freeze', 'hold', 'metric', 'application', 'check'] as const;

/** A gate as a broken glass knows it. */
export interface GateIdentity {
  readonly kind: string;
  /** Absent in what was told before gates had names of their own. */
  readonly id?: string;
}

export function canBeSkipped(kind: string): boolean {
  return SKIPPABLE_GATES.some((skippable) => skippable === kind);
}

/** Whether what a broken glass names is this gate. A kind alone was named before gates had names of their own, and means all of that kind (decision 87). */
export function isSkipped({ kind, id }: GateIdentity, skips: readonly string[]): boolean {
  return canBeSkipped(kind) && skips.some((named) => named === id || named === kind);
}

/** What a gate that a file asks for is called: `environment/window`, `pipeline/approval/security`. No two gates of a stage that ask for different things share one. */
export function gateId(origin: 'environment' | 'pipeline', kind: string, name?: string): string {
  return [origin, kind, ...(name === undefined ? [] : [name])].join('/');
}
