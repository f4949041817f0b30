/**
 * Gates that break-glass can skip. Never among them: trust, a block, and what a release must have passed before. Nor external checks, as long
 * as no file can ask for one: who breaks the glass is not to name what there is not.
 */
export const SKIPPABLE_GATES = ['approval', 'soak', 'window', 'freeze', 'hold', 'metric', 'application'] as const;
export type SkippableGate = (typeof SKIPPABLE_GATES)[number];
