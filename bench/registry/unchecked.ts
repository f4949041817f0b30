import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { corrupts } from '../../lab/faulty-registry/known-faults.ts';
import { type FaultyRegistry, startFaultyRegistry } from '../../lab/faulty-registry/server.ts';
import { ImageMaker } from '../../lab/made-image.ts';
import type { Contender } from './contender.ts';

/** Bytes: a large layer, as it is those that cost time to check. */
const LAYER = 9_000_000;

/**
 * Whose copy of an image leaves a layer with a wrong bit under its tag, where the target takes what comes. Such a client checks nothing
 * that it passes on, and leaves it to the registry. `folder` is for their homes.
 */
export async function findUnchecking(contenders: readonly Contender[], folder: string): Promise<readonly string[]> {
  const unchecking: string[] = [];
  for (const contender of contenders)
    if (await passesOn(contender, join(folder, 'unchecked', contender.name))) unchecking.push(contender.name);
  return unchecking;
}

async function passesOn(contender: Contender, home: string): Promise<boolean> {
  await mkdir(home, { recursive: true });
  const [source, target] = await Promise.all([startFaultyRegistry(), startFaultyRegistry({ abilities: { checksDigests: false } })]);
  try {
    const { digest, layer } = await makeImage(source);
    source.faults.arm({ on: 'getBlob', path: new RegExp(layer), fault: corrupts() });
    const transfer = { from: `${source.address}/made/image@${digest}`, to: `${target.address}/copied:1`, home };
    // Whoever notices fails; what is at the target tells.
    await contender.copy(transfer).catch(() => undefined);
    const tagged = await fetch(`${target.url}/v2/copied/manifests/1`, { headers: { accept: '*/*' } });
    return tagged.ok && (await tagged.text()).includes(layer);
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}

async function makeImage({ address }: FaultyRegistry): Promise<{ readonly digest: string; readonly layer: string }> {
  const maker = new ImageMaker(`${address}/made/image`);
  const { layer } = await maker.layer('layer', LAYER);
  const config = await maker.blob('application/vnd.oci.image.config.v1+json', '{"architecture":"amd64","os":"linux"}');
  const { digest } = await maker.manifest({ config, layers: [layer] }, '1');
  return { digest, layer: layer.digest };
}
