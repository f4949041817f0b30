import { SubjectQueue } from './subject-queue.ts';

/** Milliseconds after which a registry without the API is asked again: it may have been a proxy's word, or an older version's. */
const FORGET_MS = 600_000;

/** What is known of a registry's referrers, by all of its repositories. */
export class ReferrersMemory {
  readonly subjects = new SubjectQueue();
  #api: { readonly kind: 'there' } | { readonly kind: 'missing'; readonly until: number } | undefined;

  /** Whether the registry lists referrers itself; undefined as long as it has not shown. */
  get hasApi(): boolean | undefined {
    if (this.#api?.kind === 'missing' && this.#api.until <= performance.now()) this.#api = undefined;
    return this.#api && this.#api.kind === 'there';
  }

  rememberApi(): void {
    this.#api = { kind: 'there' };
  }

  rememberNoApi(): void {
    this.#api = { kind: 'missing', until: performance.now() + FORGET_MS };
  }
}
