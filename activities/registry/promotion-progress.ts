import { printSize } from '../../domain/size.ts';
import type { CopyProgress } from './ports.ts';

interface Totals {
  readonly blobs: number;
  readonly bytes: number;
}

/** How far the copies of a run are, in a line. */
export class PromotionProgress {
  readonly #planned = new Map<number, Totals>();
  /** Bytes of each blob that are over. */
  readonly #over = new Map<string, number>();
  readonly #ended = new Set<string>();
  #bytes = 0;

  note(progress: CopyProgress): string {
    if (progress.kind === 'planned') this.#planned.set(progress.order, progress);
    if (progress.kind === 'blob') this.#noteBlob(progress);
    const totals = [...this.#planned.values()];
    const sum = (name: keyof Totals) => totals.reduce((total, order) => total + order[name], 0);
    return `${this.#ended.size} of ${sum('blobs')} layers, ${printSize(this.#bytes)} of ${printSize(sum('bytes'))}`;
  }

  #noteBlob({ order, digest, bytes, state }: Extract<CopyProgress, { kind: 'blob' }>): void {
    const blob = `${order} ${digest}`;
    this.#bytes += bytes - (this.#over.get(blob) ?? 0);
    this.#over.set(blob, bytes);
    if (state !== 'sending') this.#ended.add(blob);
  }
}
