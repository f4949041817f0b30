import { type CommonOptions, type Context, connect, printJson, progressOutput } from '../context.ts';
import { UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findApplication, printReference } from '../reference.ts';
import { finishWatch } from '../watching/finish-watch.ts';

export interface CreateOptions extends CommonOptions {
  readonly commit?: string;
  readonly image?: readonly string[];
  readonly wait?: boolean;
  readonly until?: string;
}

/** Makes a release, and follows it where asked to. */
export async function createRelease(context: Context, name: string | undefined, options: CreateOptions): Promise<ExitCode> {
  const images = readImages(options.image ?? []);
  if (options.commit === undefined && images === undefined)
    throw new UsageError('A release is made of something', 'give --commit REF, --image COMPONENT=REFERENCE, or both');
  const client = await connect(context, options);
  const application = await findApplication(name, client);
  const record = await client.createRelease({
    application,
    ...(options.commit !== undefined && { commit: options.commit }),
    ...(images && { images }),
  });
  const reference = printReference(record);
  const progress = progressOutput(context, options);
  progress.line(
    `${reference} ${record.commit === undefined ? 'made of the images given' : `made of commit ${record.commit.slice(0, 12)}`}`,
  );
  if (options.wait || options.until !== undefined) {
    const wish = { stopAtGates: false, ...(options.until !== undefined && { until: options.until }) };
    return finishWatch(context, client, record, wish, options);
  }
  if (options.json) printJson(context, record);
  else progress.line(progress.style('quiet', `'tidegate watch ${reference}' shows how it goes`));
  return EXIT.done;
}

/** `web=repository:tag`, any number of times. Throws UsageError. */
function readImages(pairs: readonly string[]): Record<string, string> | undefined {
  const images = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const component = pair.slice(0, at);
    if (at < 1 || at === pair.length - 1)
      throw new UsageError(`${JSON.stringify(pair)} names no component and image`, 'write --image web=registry/shop/web:1.4');
    if (images.has(component)) throw new UsageError(`Component ${component} is given twice`, 'give one image of each component');
    images.set(component, pair.slice(at + 1));
  }
  return images.size === 0 ? undefined : Object.fromEntries(images);
}
