import { ImageMaker, type MadeDescriptor } from '../../lab/made-image.ts';

/** An image that is copied, as it lies in the source registry. */
export interface Subject {
  readonly name: string;
  /** In the source registry, without its address: `made/small`. */
  readonly path: string;
  readonly tag: string;
  readonly digest: string;
  /** By the digest of what they refer to; empty for images that have none. */
  readonly referrers: ReadonlyMap<string, readonly string[]>;
  /** How often each contender copies it. */
  readonly repetitions: number;
  /** Once before that without being timed, as programs are slower when they are first used. */
  readonly rehearsed: boolean;
  /** Within one registry too: copying there moves nothing, however large it is. */
  readonly within: boolean;
}

interface Sizes {
  readonly smallLayers: number;
  readonly largeLayers: readonly number[];
  readonly hugeLayer: number | undefined;
  readonly platforms: readonly string[];
  /** Each platform's. */
  readonly platformLayers: readonly number[];
  readonly repetitions: number;
  readonly rehearsed: boolean;
}

const MB = 1e6;
const FULL: Sizes = {
  smallLayers: 100,
  largeLayers: [300 * MB, 300 * MB, 300 * MB],
  hugeLayer: 2000 * MB,
  platforms: ['amd64', 'arm64', 'ppc64le', 's390x'],
  platformLayers: [2 * MB, 500_000, 100_000, 20_000],
  repetitions: 7,
  rehearsed: true,
};
const QUICK: Sizes = {
  smallLayers: 4,
  largeLayers: [2 * MB, 2 * MB],
  hugeLayer: undefined,
  platforms: ['amd64', 'arm64'],
  platformLayers: [20_000, 1000],
  repetitions: 1,
  rehearsed: false,
};

/** Puts what is copied into the registry at `HOST:PORT`: everything, or `only` the subjects of this name (`small`). */
export async function makeSubjects(registry: string, quick: boolean, only?: string): Promise<readonly Subject[]> {
  const sizes = quick ? QUICK : FULL;
  const makers = only === undefined ? Object.values(SUBJECTS) : [SUBJECTS[only] ?? refuse(only)];
  const subjects: Subject[] = [];
  for (const make of makers) subjects.push(...(await make(registry, sizes)));
  return subjects;
}

const SUBJECTS: Readonly<Record<string, (registry: string, sizes: Sizes) => Promise<readonly Subject[]>>> = {
  small: async (registry, sizes) => [await makeSmall(registry, sizes)],
  index: async (registry, sizes) => [await makeIndex(registry, sizes)],
  large: async (registry, sizes) => [await makeLarge(registry, sizes)],
  huge: async (registry, { hugeLayer }) => (hugeLayer === undefined ? [] : [await makeHuge(registry, hugeLayer)]),
};

function refuse(name: string): never {
  throw new NoSuchSubject(name);
}

async function makeSmall(registry: string, sizes: Sizes): Promise<Subject> {
  const { smallLayers } = sizes;
  // From 4 to 64 KiB, evenly.
  const bytes = Array.from({ length: smallLayers }, (_, place) => 4096 + Math.round((place * 61_440) / (smallLayers - 1)));
  return makeSingle(registry, 'made/small', `${smallLayers} small layers`, bytes, sizes);
}

async function makeLarge(registry: string, sizes: Sizes): Promise<Subject> {
  const { largeLayers, repetitions } = sizes;
  const name = `${largeLayers.length} layers of ${(largeLayers[0] ?? 0) / MB} MB`;
  return makeSingle(registry, 'made/large', name, largeLayers, { ...sizes, repetitions: Math.min(repetitions, 5) });
}

async function makeHuge(registry: string, bytes: number): Promise<Subject> {
  const seldom = { repetitions: 3, rehearsed: false };
  return { ...(await makeSingle(registry, 'made/huge', `1 layer of ${bytes / MB} MB`, [bytes], seldom)), within: false };
}

async function makeSingle(
  registry: string,
  path: string,
  name: string,
  layers: readonly number[],
  { repetitions, rehearsed }: Pick<Sizes, 'repetitions' | 'rehearsed'>,
): Promise<Subject> {
  const { digest } = await new ImageMaker(`${registry}/${path}`).image(path, layers, { tag: 'v1' });
  return { name, path, tag: 'v1', digest, referrers: new Map(), repetitions, rehearsed, within: true };
}

/** Platforms with what a release has beside it: signature and provenance of the index, an SBOM of each platform, and a signature of the provenance. */
async function makeIndex(registry: string, { platforms, platformLayers, repetitions, rehearsed }: Sizes): Promise<Subject> {
  const maker = new ImageMaker(`${registry}/made/index`);
  const images: MadeDescriptor[] = [];
  for (const architecture of platforms) images.push(await maker.image(architecture, platformLayers, { architecture }));
  const index = await maker.index(images, 'v1');
  const referrers = new Map<string, string[]>();
  const attach = async (subject: MadeDescriptor, type: string) => {
    const made = await maker.referrer(subject, `application/vnd.example.${type}`, `${type} of ${subject.digest}`);
    referrers.set(subject.digest, [...(referrers.get(subject.digest) ?? []), made.digest]);
    return made;
  };
  await attach(index, 'signature');
  await attach(await attach(index, 'provenance'), 'signature');
  for (const image of images) await attach(image, 'sbom');
  const name = `${platforms.length} platforms with referrers`;
  return { name, path: 'made/index', tag: 'v1', digest: index.digest, referrers, repetitions, rehearsed, within: true };
}

export class NoSuchSubject extends Error {
  override readonly name = 'NoSuchSubject';

  constructor(name: string) {
    super(`Expected --only to name one of ${Object.keys(SUBJECTS).join(', ')}, and saw ${JSON.stringify(name)}`);
  }
}
