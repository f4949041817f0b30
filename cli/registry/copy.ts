import type { CopiedImage, CopyOrder } from '../../activities/registry/ports.ts';
import { createImageCopier } from '../../adapters/registry/copy/image-copier.ts';
import { printReference, printRepository, type Reference } from '../../adapters/registry/reference.ts';
import type { Registries } from '../../adapters/registry/registries.ts';
import { printSize } from '../../domain/size.ts';
import { type Context, printJson, progressOutput } from '../context.ts';
import { Interrupted, UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { openRegistries, type RegistryVerbOptions } from './connect.ts';
import { CopyView } from './copy-view.ts';
import { asCommand, imageSaid, notThere, platformSaid, tagSaid } from './said.ts';

export interface CopyVerbOptions extends RegistryVerbOptions {
  readonly platform?: readonly string[];
  readonly tag?: readonly string[];
  readonly referrers: boolean;
}

/** Copies an image by its digest, whole and with what refers to it. Tags come last: until then nothing points at what is not whole. */
export async function copy(context: Context, from: string, to: string, options: CopyVerbOptions): Promise<ExitCode> {
  const [source, target] = [imageSaid(from), imageSaid(to)];
  const wish = {
    to: printRepository(target),
    tags: [...new Set([...(target.tag === undefined ? [] : [target.tag]), ...(options.tag ?? []).map(tagSaid)])],
    referrers: options.referrers,
    ...(options.platform !== undefined && { platforms: options.platform.map(platformSaid) }),
  };
  const registries = await openRegistries(context, options);
  const [copied] = await asCommand(() => carryOut(context, options, registries, source, target, wish));
  if (copied === undefined) return EXIT.failed;
  if (options.json) printJson(context, { source: printReference(source), ...copied });
  else tell(context, copied);
  return EXIT.done;
}

type Wish = Omit<CopyOrder, 'from'>;

async function carryOut(
  context: Context,
  options: CopyVerbOptions,
  registries: Registries,
  source: Reference,
  target: Reference,
  wish: Wish,
): Promise<readonly CopiedImage[]> {
  const signal = context.interrupted;
  const manifest = await registries.open(source).getManifest(source.digest ?? source.tag ?? 'latest', { signal });
  if (manifest === undefined) throw notThere(source);
  if (target.digest !== undefined && target.digest !== manifest.digest)
    throw new UsageError(`A copy keeps its digest: ${printReference(source)} is ${manifest.digest}`, 'leave the digest of the target out');
  const view = new CopyView(progressOutput(context, options));
  try {
    const from = { repository: printRepository(source), digest: manifest.digest };
    return await createImageCopier(registries.open).copy([{ ...wish, from, manifest }], {
      signal,
      onProgress: (event) => view.note(event),
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Interrupted(`Interrupted: what had arrived at ${wish.to} stays there, no tag was set, and a repetition goes on from there`);
  } finally {
    view.end();
  }
}

function tell({ terminal: { out } }: Context, { images, tags, manifests, referrers, blobs, bytes }: CopiedImage): void {
  for (const { repository, digest } of images) out.line(`${out.style('good', 'copied')} ${repository}@${digest}`);
  out.line(`  manifests  ${manifests.put} put, ${manifests.present} there before`);
  out.line(`  referrers  ${referrers.put} put, ${referrers.present} there before`);
  const sent = `${blobs.sent} sent (${printSize(bytes.sent)})`;
  const others = `${blobs.mounted} mounted (${printSize(bytes.mounted)}), ${blobs.present} there before (${printSize(bytes.present)})`;
  out.line(`  blobs      ${sent}, ${others}${blobs.foreign === 0 ? '' : `, ${blobs.foreign} foreign ones not copied`}`);
  if (tags.length > 0) out.line(`  tags       ${tags.join(', ')}`);
}
