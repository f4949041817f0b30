import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';

/** Nobody in a site takes steps: its worker was never started, or has ended. */
export class SiteWithoutWorker extends Error {
  override readonly name = 'SiteWithoutWorker';

  constructor(site: string, step: string, options?: ErrorOptions) {
    super(
      `No worker of site ${site} took "${step}" in time. Start one there with 'tidegate worker --site ${site}', and try again`,
      options,
    );
  }
}

/** Has a step done in a site. Throws SiteWithoutWorker when it was left lying for as long as it may be, and what the step throws. */
export async function atSite<Result>(site: string, step: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    const isLeftLying =
      error instanceof ActivityFailure && error.cause instanceof TimeoutFailure && error.cause.timeoutType === 'SCHEDULE_TO_START';
    throw isLeftLying ? new SiteWithoutWorker(site, step, { cause: error }) : error;
  }
}
