/** A step of two seconds, judged by few requests: what is measured is how it moves, and not how it judges. */
const CANARY = {
  steps: [{ weight: 20, pause: '2s' }],
  judgement: { requests: 20, latency: { more: '1s' } },
  onUnclear: { ask: false, default: 'proceed' },
};

/** Each strategy as pipeline.yaml has it. Those of `recreate` have a gap by nature: how long it was is measured. */
export const STRATEGIES = {
  rolling: { rolling: { batch: 1 } },
  blueGreen: { blueGreen: {} },
  canary: { canary: CANARY },
  recreate: { recreate: { batch: 1 } },
} as const;

export type StrategyName = keyof typeof STRATEGIES;
