import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

export interface RouterFile {
  readonly name: string;
  readonly content: string;
}

/** A tar of files that nobody but the router's root reads: the configuration holds the probes' token. */
export async function tarOf(files: readonly RouterFile[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, content } of files) archive.entry({ name, mode: 0o600 }, content);
  archive.finalize();
  return buffer(archive);
}
