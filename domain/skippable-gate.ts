/** Gates that break-glass can skip. Never among them: trust, a block, and what a release must have passed before. */
export const SKIPPABLE_GATES = ['approval', 'soak', 'window', 'freeze', 'hold', 'metric', 'application', 'check'] as const;
export type SkippableGate = (typeof SKIPPABLE_GATES)[number];
