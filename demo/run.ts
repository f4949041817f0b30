import { types } from 'node:util';
import { printDuration } from '../cli/rendering/durations.ts';
import { clearDemo } from './clear.ts';
import type { DemoFolder } from './folder.ts';
import type { DemoOptions } from './options.ts';
import type { DemoDocument } from './report/document.ts';
import { judge } from './report/judge.ts';
import { closingTable } from './report/table.ts';
import { claim, type DemoRecord, forget, freshRecord, readRecord, remember, writeRecord } from './running.ts';
import { namesOf, type Setting, type SetUp, setUp } from './set-up.ts';
import { expectationOf, tellStory } from './story.ts';
import { tellFailure, tellHowToKeep, tellWhatStays } from './telling/endings.ts';
import { StoryUntrue } from './telling/errors.ts';
import type { Teller } from './telling/teller.ts';

/**
 * The main job from nothing to the closing table; returns its facts, or undefined when it failed or was interrupted, which has been told by
 * then. Everything that was started is ended again, unless it is to stay up. Throws DemoRefused before anything is touched.
 */
export async function runDemo(
  options: DemoOptions,
  folder: DemoFolder,
  teller: Teller,
  signal: AbortSignal,
): Promise<DemoDocument | undefined> {
  const names = namesOf(options, folder);
  const before = await claim(folder, names.installation);
  let document: DemoDocument | undefined;
  try {
    await clearWhatWasThere(folder, before, teller);
    await writeRecord(folder, { ...(await freshRecord(names.installation)), ...names });
    document = await perform({ options, folder, names, teller, signal });
  } catch (error) {
    if (!signal.aborted) tellFailure(error, teller, folder);
  }
  if (options.keep && document !== undefined) return document;
  return (await endTold(folder, teller)) ? document : undefined;
}

async function perform(start: SetUp): Promise<DemoDocument> {
  const { options, folder, teller } = start;
  const startedAt = performance.now();
  teller.line(`Tidegate's main job on real parts, in ${folder.root}`);
  teller.begin('Start what the story needs');
  const setting = await setUp(start);
  try {
    const told = await tellStory(setting.cast);
    const document = { ...told, milliseconds: Math.round(performance.now() - startedAt) };
    tellEnd(document, setting, teller);
    if (options.keep) await keepUp(folder, setting, teller);
    else tellHowToKeep(teller);
    return document;
  } finally {
    setting.cast.witness.stop();
  }
}

/** Throws StoryUntrue. */
function tellEnd(document: DemoDocument, { cast }: Setting, teller: Teller): void {
  teller.begin('What was seen');
  for (const line of closingTable(document).split('\n')) teller.line(line);
  const faults = judge(document, expectationOf(cast.site));
  if (faults.length > 0) throw new StoryUntrue(faults);
  teller.line(`\nAll of it came true, in ${printDuration(document.milliseconds)}.`);
}

async function clearWhatWasThere(folder: DemoFolder, before: DemoRecord | undefined, teller: Teller): Promise<void> {
  if (before?.kept) teller.line(`Stopping the demo that was kept up since ${before.since}`);
  else if (before !== undefined) teller.line(`Clearing away the demo of ${before.since}, which did not come to its end`);
  await clearDemo(folder, before);
}

/** Stops and removes everything that the demo of this folder has. */
export async function end(folder: DemoFolder): Promise<void> {
  await clearDemo(folder, await readRecord(folder));
  await forget(folder);
}

async function endTold(folder: DemoFolder, teller: Teller): Promise<boolean> {
  try {
    await teller.timed(
      () => end(folder),
      () => `Stopped and removed; each part's log is in ${folder.logs}`,
    );
    return true;
  } catch (error) {
    teller.line(`Could not remove everything: ${types.isNativeError(error) ? error.message : String(error)}`);
    teller.line("'npm run demo -- --clean' tries again");
    return false;
  }
}

async function keepUp(folder: DemoFolder, setting: Setting, teller: Teller): Promise<void> {
  await remember(folder, { kept: true });
  tellWhatStays(teller, folder, setting);
}
