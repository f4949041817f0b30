import type { CopiedImage, CopyOptions, ImageCopier } from '../../../activities/registry/ports.ts';
import type { OpenRepository } from '../contents.ts';
import { BlobCarrier } from './blob-carrier.ts';
import { ImageCopy, type ImageOrder } from './image-copy.ts';
import { type RegistryPace, RegistryTurns } from './registry-turns.ts';
import type { CopyLimits } from './survey.ts';
import { together } from './together.ts';

export interface ImageCopierOptions {
  readonly pace?: RegistryPace;
  readonly limits?: CopyLimits;
}

/** Copies by the digest, straight from registry to registry. All that one copier does shares its pace at each registry. */
export function createImageCopier(
  open: OpenRepository,
  { pace, limits }: ImageCopierOptions = {},
): ImageCopier & {
  copy(orders: readonly ImageOrder[], options: CopyOptions): Promise<readonly CopiedImage[]>;
} {
  const turns = new RegistryTurns(pace);
  return {
    copy: async (orders, { signal, onProgress }) => {
      const run = { open, turns, carrier: new BlobCarrier(turns), onProgress, ...(limits && { limits }) };
      // All are looked at before the first begins: a wrong name in one must not leave another half done.
      const copies = orders.map((order, index) => new ImageCopy(run, order, index));
      return together(signal, (signal) => copies.map((copy) => copy.copy(signal)));
    },
  };
}
