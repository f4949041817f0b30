import type { CopyProgress } from '../../activities/registry/ports.ts';
import { shortDigest } from '../../domain/digest.ts';
import { printSize } from '../../domain/size.ts';
import type { Output } from '../terminal.ts';
import { LiveView } from '../watching/live-view.ts';

type BlobProgress = Extract<CopyProgress, { kind: 'blob' }>;

/** Often enough for an eye; every chunk would cost more than the copy. */
const REDRAW_MS = 100;

/** How a copy goes: a picture that moves where somebody watches, elsewhere a line for each layer that is over. */
export class CopyView {
  readonly #view: LiveView;
  readonly #blobs = new Map<string, BlobProgress>();
  #planned = { blobs: 0, bytes: 0 };
  #drawnAt = 0;

  constructor(private readonly output: Output) {
    this.#view = new LiveView(output);
  }

  note(progress: CopyProgress): void {
    if (progress.kind === 'planned') this.#planned = progress;
    if (progress.kind !== 'blob') return;
    this.#blobs.set(progress.digest, progress);
    if (this.output.live ? this.#isDue() : progress.state !== 'sending') this.#show(progress);
  }

  end(): void {
    this.#view.end();
  }

  #isDue(): boolean {
    const now = performance.now();
    if (now - this.#drawnAt < REDRAW_MS) return false;
    this.#drawnAt = now;
    return true;
  }

  #show(progress: BlobProgress): void {
    const line = `${shortDigest(progress.digest)}  ${printSize(progress.size)}  ${progress.state}`;
    this.#view.show(() => this.#picture(), new Map([[progress.digest, line]]));
  }

  #picture(): string {
    const blobs = [...this.#blobs.values()];
    const over = blobs.filter(({ state }) => state !== 'sending');
    const bytes = blobs.reduce((sum, blob) => sum + blob.bytes, 0);
    const head = `${over.length} of ${this.#planned.blobs} layers, ${printSize(bytes)} of ${printSize(this.#planned.bytes)}`;
    return [head, ...blobs.filter(({ state }) => state === 'sending').map(lineOf)].join('\n');
  }
}

function lineOf({ digest, size, bytes }: BlobProgress): string {
  const share = size === 0 ? 100 : Math.floor((100 * bytes) / size);
  return `  ${shortDigest(digest)}  ${String(share).padStart(3)} % of ${printSize(size)}`;
}
