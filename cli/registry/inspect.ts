import { printReference } from '../../adapters/registry/reference.ts';
import { printPlatform } from '../../domain/platform.ts';
import { printSize } from '../../domain/size.ts';
import { type Context, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { plain } from '../rendering/plain.ts';
import type { Style } from '../rendering/styles.ts';
import { openRegistries, type RegistryVerbOptions } from './connect.ts';
import { lookAt, type MissingManifest, type SeenManifest } from './look.ts';
import { asCommand, imageSaid, notThere } from './said.ts';

/** What an image is: digest, platforms, layers, and everything that says something about it. */
export async function inspect(context: Context, text: string, options: RegistryVerbOptions): Promise<ExitCode> {
  const reference = imageSaid(text);
  const registries = await openRegistries(context, options);
  const seen = await asCommand(() => lookAt(registries.open(reference), reference, context.interrupted));
  if (seen === undefined) throw notThere(reference);
  const image = printReference(reference);
  const { out } = context.terminal;
  if (options.json) printJson(context, { image, ...seen });
  else out.line([out.style('strong', image), ...page(seen, '  ', out.style)].join('\n'));
  return EXIT.done;
}

type Seen = SeenManifest | MissingManifest;

function page(seen: Seen, indent: string, style: Style): string[] {
  if (seen.kind === 'missing') return [`${indent}${style('bad', 'missing')} ${seen.digest} (${plain(seen.mediaType)})`];
  const deeper = `${indent}  `;
  return [
    `${indent}digest    ${seen.digest}`,
    `${indent}type      ${typeOf(seen)}`,
    ...(seen.layers.length > 0 ? [`${indent}content   ${contentOf(seen)}`] : []),
    ...Object.entries(seen.annotations).map(([name, value]) => style('quiet', `${indent}          ${plain(name)} = ${plain(value)}`)),
    ...seen.layers.map((layer) =>
      style('quiet', `${indent}          ${layer.digest}  ${printSize(layer.size)}  ${plain(layer.mediaType)}`),
    ),
    ...seen.manifests.flatMap((child) => [`${indent}${platformOf(child)}`, ...page(child, deeper, style)]),
    ...seen.referrers.flatMap((referrer) => [`${indent}referrer  ${artifactOf(referrer)}`, ...page(referrer, deeper, style)]),
  ];
}

function typeOf({ mediaType, artifactType }: SeenManifest): string {
  return plain(artifactType === undefined ? mediaType : `${mediaType}, ${artifactType}`);
}

function contentOf({ layers, config }: SeenManifest): string {
  const bytes = layers.reduce((sum, layer) => sum + layer.size, config?.size ?? 0);
  return `${printSize(bytes)} in ${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}`;
}

function platformOf(seen: Seen): string {
  if (seen.kind === 'missing' || seen.platform === undefined) return 'manifest';
  return `platform  ${plain(printPlatform(seen.platform))}`;
}

function artifactOf(seen: Seen): string {
  return plain(seen.kind === 'missing' ? seen.mediaType : (seen.artifactType ?? seen.config?.mediaType ?? seen.mediaType));
}
