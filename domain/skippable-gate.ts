export const SKIPPABLE_GATES = ['approval', 'soak', 'window', 'freeze', 'hold', 'metric', 'application'] as const;
export type SkippableGate = (typeof SKIPPABLE_GATES)[number];
