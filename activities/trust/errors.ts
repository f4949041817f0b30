import { type PinnedImage, printImage } from '../../domain/image.ts';

/** More is attached to an image than is read of anybody. */
export class EvidenceFlood extends Error {
  override readonly name = 'EvidenceFlood';

  constructor(image: PinnedImage, seen: string, limit: string) {
    super(
      `Expected at most ${limit} attached to ${printImage(image)} that may be signatures, and there are ${seen}. Delete those that nobody needs`,
    );
  }
}

/** What is attached to images could not be read in time. */
export class EvidenceLate extends Error {
  override readonly name = 'EvidenceLate';

  constructor(milliseconds: number, options?: ErrorOptions) {
    super(
      `What is attached to the images could not be read within ${milliseconds / 1000} s. Check that their registry answers: 'tidegate doctor' asks it`,
      options,
    );
  }
}
