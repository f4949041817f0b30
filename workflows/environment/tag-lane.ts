import { CancellationScope, log } from '@temporalio/workflow';
import type { TaggedImage } from '../../domain/environment-images.ts';
import { failureText } from '../failure-text.ts';
import { tagging } from '../proxies/images.ts';

/**
 * Lets an environment's tags follow what it runs, one deployment after the other, so that an earlier one never takes a tag from a later
 * one. A tag is for people: one that cannot be set holds nothing up, and is told.
 */
export class TagLane {
  #tail: Promise<void> = Promise.resolve();
  #open = 0;

  constructor(private readonly application: string) {}

  /** `onFailure` is told why tags could not be set. */
  set(images: readonly TaggedImage[], summary: string, onFailure: (reason: string) => void): void {
    if (images.length === 0) return;
    this.#open += 1;
    this.#tail = this.#tail.then(async () => {
      await this.#set(images, summary, onFailure);
      this.#open -= 1;
    });
  }

  /** Whether all that was asked for has been tried. */
  isDone(): boolean {
    return this.#open === 0;
  }

  async #set(images: readonly TaggedImage[], summary: string, onFailure: (reason: string) => void): Promise<void> {
    const { application } = this;
    try {
      await CancellationScope.nonCancellable(() => tagging(summary).tagImages({ application, images }));
    } catch (error) {
      const reason = failureText(error);
      log.warn('Tags were not set', { application, summary, reason });
      onFailure(reason);
    }
  }
}
