import { Slots } from './slots.ts';

/** How much is asked of one registry at a time, by all copies of this process together. */
export interface RegistryPace {
  /** Questions and mounts: they wait for the registry more than for the network. */
  readonly questions: number;
  /** Blobs whose bytes are on their way from it or to it. */
  readonly streams: number;
}

export const REGISTRY_PACE: RegistryPace = { questions: 24, streams: 6 };

interface Turns {
  readonly questions: Slots;
  readonly streams: Slots;
}

/** Takes turns at each registry. */
export class RegistryTurns {
  readonly #turns = new Map<string, Turns>();

  constructor(private readonly pace: RegistryPace = REGISTRY_PACE) {}

  ask<T>(registry: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#at(registry).questions.run(signal, work);
  }

  /** Takes a turn at both ends. */
  stream<T>(registries: readonly string[], signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    // In one order everywhere: two copies against each other would wait for ever.
    return [...new Set(registries)]
      .sort()
      .reduceRight<() => Promise<T>>((inner, registry) => () => this.#at(registry).streams.run(signal, inner), work)();
  }

  #at(registry: string): Turns {
    const known = this.#turns.get(registry);
    if (known !== undefined) return known;
    const turns = { questions: new Slots(this.pace.questions), streams: new Slots(this.pace.streams) };
    this.#turns.set(registry, turns);
    return turns;
  }
}
