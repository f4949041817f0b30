import type { ReleaseStatus } from '../../domain/release.ts';
import type { ApiClient } from '../client/api-client.ts';
import type { Context } from '../context.ts';
import { Interrupted } from '../errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { printReference, type ReleaseReference } from '../reference.ts';
import { pageOf } from '../rendering/page.ts';
import { releaseLines } from '../rendering/release-changes.ts';
import { hostProgress, releaseHead, stageTable } from '../rendering/release-page.ts';
import type { Output } from '../terminal.ts';
import { endOfWatch, type WatchWish } from './end-of-watch.ts';
import { LiveView } from './live-view.ts';
import { poll } from './poll.ts';

export interface Followed {
  readonly status: ReleaseStatus;
  readonly exitCode: ExitCode;
}

/** Shows a release as it moves until the wish is met. Throws Interrupted, which says that the release goes on. */
export async function followRelease(
  context: Context,
  client: ApiClient,
  reference: ReleaseReference,
  wish: WatchWish,
  output: Output,
): Promise<Followed> {
  const view = new LiveView(output);
  let exitCode: ExitCode | undefined;
  try {
    const status = await poll({
      read: () => client.release(reference.application, reference.number),
      decide: (seen) => {
        exitCode = endOfWatch(seen, wish);
        view.show(() => livePicture(seen, output), releaseLines(seen, output.style));
        return exitCode !== undefined;
      },
      onOutage: (error) =>
        view.say(output.style('waits', `${error.message}; ${printReference(reference)} goes on, trying again for a minute`)),
      interrupted: context.interrupted,
    });
    view.end();
    return { status, exitCode: exitCode ?? EXIT.waiting };
  } catch (error) {
    throw context.interrupted.aborted ? goesOn(reference) : error;
  }
}

function livePicture(status: ReleaseStatus, output: Output): string {
  const page = pageOf(output);
  const running = status.stages.flatMap((stage) => hostProgress(stage, page));
  return [releaseHead(status, page), stageTable(status, page), ...running].filter((block) => block !== '').join('\n');
}

function goesOn(reference: ReleaseReference): Interrupted {
  const name = printReference(reference);
  return new Interrupted(
    `Stopped watching; ${name} goes on`,
    `'tidegate watch ${name}' shows it again, 'tidegate cancel ${name} --reason WHY' stops it`,
  );
}
