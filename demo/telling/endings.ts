import { relative } from 'node:path';
import { types } from 'node:util';
import type { DemoFolder } from '../folder.ts';
import type { Setting } from '../set-up.ts';
import { CommandUnexpected, StoryUntrue } from './errors.ts';
import type { Teller } from './teller.ts';

/** Where to look on, where nothing stays up. */
export function tellHowToKeep(teller: Teller): void {
  teller.line("To look on: 'npm run demo -- --keep' leaves all of this up, with Temporal's console and 'tidegate status'.");
}

/** How to look around, where everything stays up. */
export function tellWhatStays(teller: Teller, folder: DemoFolder, { tidegate, cast }: Setting): void {
  const where = `--config ${relative(process.cwd(), folder.configuration)}`;
  const [host] = cast.site.hosts.filter(({ name }) => cast.site.production.includes(name));
  teller.line('\nEverything stays up:');
  teller.line(`  API               ${tidegate.url} (described at ${tidegate.url}/openapi.json)`);
  if (tidegate.console !== undefined) teller.line(`  Temporal console  ${tidegate.console}`);
  for (const { name, docker } of cast.site.hosts) teller.line(`  host ${name.padEnd(12)} docker --host ${docker} ps`);
  teller.line('Three commands to type:');
  teller.line(`  node dist/cli/main.js status ${where}`);
  teller.line(`  node dist/cli/main.js status 'shop#3' ${where}`);
  if (host !== undefined) teller.line(`  curl -H 'Host: shop.production.localhost' http://${host.address}:${host.port}/`);
  teller.line("'npm run demo -- --stop' stops it; another 'npm run demo' stops it too and begins anew.");
}

/** Which step failed, the command and what it printed last, and where the logs are. */
export function tellFailure(error: unknown, teller: Teller, { logs }: DemoFolder): void {
  teller.line(`\nFailed in ${teller.step}: ${types.isNativeError(error) ? error.message : String(error)}`);
  if (error instanceof CommandUnexpected && error.output !== '') teller.line(`It printed last:\n${error.output.replace(/^/gm, '  ')}`);
  if (!(error instanceof StoryUntrue)) teller.line(`Each part's log is in ${logs}`);
}
