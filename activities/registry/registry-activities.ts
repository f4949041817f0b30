import { type EnvironmentImages, imagesInEnvironment, type TaggedImage } from '../../domain/environment-images.ts';
import type { Images, PinnedImage } from '../../domain/image.ts';
import type { Registry } from '../images.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { TagMissing } from './copy-errors.ts';
import type { CopiedImage, CopyOrder, ImageCopier, ImageTags, ListedTag } from './ports.ts';
import { PromotionProgress } from './promotion-progress.ts';
import { heedingRetryAfter } from './retry-after.ts';

/** A release on its way to where an environment's hosts pull from. */
export interface ImagePromotion {
  readonly application: string;
  readonly environment: string;
  readonly release: number;
  /** Where the release's images are now. */
  readonly images: Images;
  readonly to: EnvironmentImages;
}

export interface PromotedImages {
  /** The same digests at the environment's repositories. */
  readonly images: Images;
  /** What was done for each component. */
  readonly copied: Readonly<Record<string, CopiedImage>>;
}

interface RegistryPorts {
  readonly registry: Registry;
  readonly copier: ImageCopier;
  readonly tags: ImageTags;
}

/** A list in a workflow's history. */
const MOST_TAGS = 1_000;

/** Activities at registries. Each can run twice: what is there is found, and what is named is set. */
export function createRegistryActivities({ registry, copier, tags }: RegistryPorts) {
  return {
    /** The image that a tag names now. Throws TagMissing and the registry's errors. */
    resolveImage: ({ repository, tag }: { readonly repository: string; readonly tag: string }): Promise<PinnedImage> =>
      onRegistry(async (signal) => {
        const digest = await registry.resolve(repository, tag, { signal });
        if (digest === undefined) throw new TagMissing(repository, tag);
        return { repository, digest };
      }),

    /**
     * Copies all images of a release by digest, with their referrers, to where an environment pulls from; sets no tag. Heartbeats with
     * how far it is. Throws what ImageCopier throws.
     */
    promoteImages: async ({ images, to, ...place }: ImagePromotion): Promise<PromotedImages> => {
      const promoted = imagesInEnvironment(to, place, images);
      const orders = Object.entries(images).map(([component, from]) => ({
        component,
        order: orderOf(from, promoted[component]?.repository),
      }));
      const progress = new PromotionProgress();
      const copied = await heedingRetryAfter(() =>
        withHeartbeat(({ signal, onProgress }) =>
          copier.copy(
            orders.map(({ order }) => order),
            { signal, onProgress: (event) => onProgress(progress.note(event)) },
          ),
        ),
      );
      return { images: promoted, copied: Object.fromEntries(orders.flatMap(({ component }, index) => named(component, copied[index]))) };
    },

    /** Points tags at images; the application's name is there for Temporal's history alone. Throws ManifestMissing and the registry's errors. */
    tagImages: ({ images }: { readonly application: string; readonly images: readonly TaggedImage[] }): Promise<void> =>
      onRegistry(async (signal) => {
        for (const { image, tags: names } of images) await tags.set(image, names, { signal });
      }),

    /** A repository's tags with what each names; at most a thousand. */
    listTags: ({
      repository,
      limit = MOST_TAGS,
    }: {
      readonly repository: string;
      readonly limit?: number;
    }): Promise<readonly ListedTag[]> => onRegistry((signal) => tags.list(repository, { limit: Math.min(limit, MOST_TAGS), signal })),
  };
}

function onRegistry<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return heedingRetryAfter(() => withHeartbeat(({ signal }) => work(signal)));
}

function orderOf(from: PinnedImage, to = from.repository): CopyOrder {
  return { from, to, tags: [], referrers: true };
}

function named(component: string, copied: CopiedImage | undefined): [string, CopiedImage][] {
  return copied === undefined ? [] : [[component, copied]];
}
