import { createImageTags } from '../../adapters/registry/image-tags.ts';
import { printRepository } from '../../adapters/registry/reference.ts';
import { type Context, printJson } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { pageOf } from '../rendering/page.ts';
import { plain } from '../rendering/plain.ts';
import { printTable } from '../rendering/table.ts';
import { openRegistries, type RegistryVerbOptions } from './connect.ts';
import { asCommand, repositorySaid } from './said.ts';

export interface LsOptions extends RegistryVerbOptions {
  readonly limit: number;
}

/** The tags of a repository with what each names now, in the registry's order. */
export async function ls(context: Context, text: string, options: LsOptions): Promise<ExitCode> {
  const repository = printRepository(repositorySaid(text));
  const registries = await openRegistries(context, options);
  // One more than is shown tells whether there are more.
  const limit = options.limit + 1;
  const found = await asCommand(() => createImageTags(registries.open).list(repository, { limit, signal: context.interrupted }));
  if (found.length === 0) throw new UsageError(`There are no tags at ${repository}: it is empty, or not there`);
  const tags = found.slice(0, options.limit);
  const more = found.length > tags.length;
  const { out } = context.terminal;
  if (options.json) printJson(context, { repository, tags, more });
  else {
    const rows = tags.map(({ tag, digest }) => [plain(tag), digest]);
    out.line(printTable([['TAG', 'DIGEST'].map((title) => out.style('quiet', title)), ...rows], { columns: pageOf(out).columns }));
  }
  if (more && !options.json) out.line(out.style('quiet', `more with --limit ${options.limit * 10}`));
  return EXIT.done;
}
