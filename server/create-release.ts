import { PipelineInvalid } from '../config/errors.ts';
import { canonicalJson } from '../domain/canonical.ts';
import type { Images } from '../domain/image.ts';
import { printImage } from '../domain/image.ts';
import type { Pipeline } from '../domain/pipeline.ts';
import type { ReleaseRecord } from '../domain/release.ts';
import type { askerOf } from './authenticate.ts';
import { list, quote, requireApplication } from './catalogue.ts';
import type { ServerParts, Sources } from './ports.ts';
import { OutsideUnavailable, RequestProblem, UnfitRequest } from './problems.ts';
import { requireOrigin, resolveImages } from './resolve-images.ts';

export interface ReleaseWish {
  readonly application: string;
  readonly commit?: string;
  readonly images?: Readonly<Record<string, string>>;
  /** Components whose images are those of the release before, and not claimed to be of the commit. */
  readonly kept?: readonly string[];
}

/** What a release is made with. */
type ReleaseParts = Pick<ServerParts, 'register' | 'sources' | 'images' | 'engine' | 'applications' | 'environments'>;

const SOURCE_DEADLINE_MS = 20_000;

/**
 * Registers a release and starts it; the same commit and images are the same release, whoever asks and however often.
 * `reach` is where who asks may take releases. Registered before started, so that a crash in between is mended by asking again.
 */
export async function createRelease(
  parts: ReleaseParts,
  wish: ReleaseWish,
  { person, known }: ReturnType<typeof askerOf>,
  idempotencyKey: string | undefined,
  reach?: readonly string[],
): Promise<{ readonly record: ReleaseRecord; readonly created: boolean }> {
  const registered = await registerRelease(parts, wish, { person, known }, idempotencyKey);
  await parts.engine.start(registered.record, reach === undefined ? [] : [{ person, environments: reach }]);
  return registered;
}

/** The release, with its number, before it is started. Throws UnfitRequest, OutsideUnavailable and what else a request can be refused for. */
export async function registerRelease(
  parts: ReleaseParts,
  wish: ReleaseWish,
  { person, known }: Pick<ReturnType<typeof askerOf>, 'person' | 'known'>,
  idempotencyKey: string | undefined,
): Promise<{ readonly record: ReleaseRecord; readonly created: boolean }> {
  requireApplication(parts, wish.application);
  const { commit, images } = await pinContent(parts, wish);
  const { kept = [] } = wish;
  const registered = await parts.register.register({
    application: wish.application,
    key: idempotencyKey ? `request/${person}/${idempotencyKey}` : `content/${contentKey(commit, images)}`,
    ...(commit !== undefined && { commit }),
    images,
    ...(commit !== undefined && kept.length > 0 && { kept }),
    initiator: person,
    known,
  });
  requireSameContent(registered.record, commit, images);
  return registered;
}

/** What the release consists of from now on, whatever branches and tags name later. */
async function pinContent(
  parts: ReleaseParts,
  wish: ReleaseWish,
): Promise<{ readonly commit: string | undefined; readonly images: Images }> {
  const commit = wish.commit === undefined ? undefined : await resolveCommit(parts.sources, wish.application, wish.commit);
  const pipeline = await readPipeline(parts.sources, wish.application, commit);
  requireContent(pipeline, wish);
  const images = await resolveImages(pipeline, wish.images ?? {}, parts.images);
  const claimed = Object.entries(images).filter(([name]) => !wish.kept?.includes(name));
  if (commit !== undefined) await requireOrigin(pipeline, commit, Object.fromEntries(claimed), parts.images);
  return { commit, images };
}

/** What a release is made of must be there before it has a number: a commit for what is built, an image for what is given. */
function requireContent(pipeline: Pipeline, wish: ReleaseWish): void {
  const given = Object.keys(wish.images ?? {});
  const missing = pipeline.components.filter((component) => !given.includes(component.name));
  const ungiven = missing.filter((component) => component.source.kind === 'given').map((component) => component.name);
  if (ungiven.length > 0) {
    const hint = `give an image of each, as in "images": {"${ungiven[0]}": "REPOSITORY:TAG"}`;
    throw new UnfitRequest('images', `${pipeline.application} does not build ${list(ungiven)}, and the request gives no image`, hint);
  }
  if (missing.length === 0 || wish.commit !== undefined) return;
  const built = list(missing.map((component) => component.name));
  throw new UnfitRequest(
    'commit',
    `${pipeline.application} builds ${built}, and the request gives no commit`,
    'give a commit, a branch or a tag',
  );
}

async function resolveCommit(sources: Sources, application: string, reference: string): Promise<string> {
  const commit = await askSource(application, (options) => sources.resolve(application, reference, options));
  if (commit !== undefined) return commit;
  const message = `The source repository of ${application} has no commit, branch or tag ${quote(reference)}`;
  throw new UnfitRequest('commit', message, 'push it first, or name one that is there');
}

/** Whether a branch or tag of the application's repository leads to a commit now. Throws OutsideUnavailable. */
export function isInSource(sources: Sources, application: string, commit: string, refs: readonly string[]): Promise<boolean> {
  return askSource(application, (options) => sources.leadsTo(application, commit, refs, options));
}

/** The pipeline as a commit has it, or the default branch. Throws UnfitRequest for one with faults, OutsideUnavailable where the repository gives no clear answer. */
export function readPipeline(sources: Sources, application: string, commit: string | undefined): Promise<Pipeline> {
  return askSource(application, (options) => sources.pipeline(application, commit, options));
}

async function askSource<Answer>(application: string, ask: (options: { signal: AbortSignal }) => Promise<Answer>): Promise<Answer> {
  try {
    return await ask({ signal: AbortSignal.timeout(SOURCE_DEADLINE_MS) });
  } catch (error) {
    if (error instanceof RequestProblem) throw error;
    if (error instanceof PipelineInvalid) throw invalidPipeline(application, error);
    const message = `The source repository of ${application} gave no clear answer: ${error instanceof Error ? error.message : String(error)}`;
    throw new OutsideUnavailable(message, 'nothing was created; see that the repository can be reached, then try again', { cause: error });
  }
}

function invalidPipeline(application: string, error: PipelineInvalid): UnfitRequest {
  const hint = "correct the pipeline file ('tidegate config validate' shows the same), commit it, and name that commit";
  return new UnfitRequest('commit', `The pipeline file of ${application} has faults:\n${error.message}`, hint, { cause: error });
}

function contentKey(commit: string | undefined, images: Images): string {
  const printed = Object.fromEntries(Object.entries(images).map(([name, image]) => [name, printImage(image)]));
  return canonicalJson({ commit, images: printed });
}

/** A key that was used for something else answers neither request truly. */
function requireSameContent(record: ReleaseRecord, commit: string | undefined, images: Images): void {
  if (contentKey(record.commit, record.images) === contentKey(commit, images)) return;
  const message = `This Idempotency-Key made release ${record.number} of ${record.application}, of another commit or other images`;
  throw new UnfitRequest('Idempotency-Key', message, 'use a new key for a new release');
}
