import type { BuildRequest } from '../../../activities/images.ts';
import type { ImagePromotion, PromotedImages } from '../../../activities/registry/registry-activities.ts';
import type { TestReport, TestRequest } from '../../../activities/tests.ts';
import { imagesInEnvironment, type TaggedImage } from '../../../domain/environment-images.ts';
import { printImage } from '../../../domain/image.ts';
import { digestOf } from './example.ts';
import type { WorldState } from './world-state.ts';

/** Sources, builds, tests and registries. */
export function imagesOf(world: WorldState) {
  return {
    readPipeline: async () => {
      await world.meet('readPipeline');
      return world.pipeline;
    },
    buildComponent: async ({ component: name, release, repository }: BuildRequest) => {
      await world.meet(`buildComponent ${name}`);
      return { image: { repository, digest: digestOf(`${name}-${release}`) } };
    },
    runTests: async (request: TestRequest): Promise<TestReport> => {
      await world.meet(
        `runTests ${Object.values(request.images)
          .map((image) => image.digest)
          .join()}`,
      );
      return world.testReport;
    },
    promoteImages: async ({ environment, release, images, to, application }: ImagePromotion): Promise<PromotedImages> => {
      await world.meet(`promoteImages ${environment} release ${release}`);
      return { images: imagesInEnvironment(to, { application, environment }, images), copied: {} };
    },
    tagImages: async ({ images }: { images: readonly TaggedImage[] }): Promise<void> => {
      for (const { image, tags } of images) await world.meet(`tagImages ${printImage(image)} ${tags.join()}`);
      for (const { image, tags } of images) for (const tag of tags) world.tags[`${image.repository}:${tag}`] = image.digest;
    },
  };
}
