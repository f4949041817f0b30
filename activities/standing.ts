import type { Standing } from '../domain/standing.ts';

/** Where what people decided beforehand is kept: with the ledger. */
export interface StandingReader {
  /** All that concerns an application in an environment and has not ended. */
  standing(application: string, environment: string): Promise<Standing>;
}

/** What releases and environments ask before anything goes forward. */
export function createStandingActivities(reader: StandingReader) {
  return {
    readStanding: ({ application, environment }: { readonly application: string; readonly environment: string }): Promise<Standing> =>
      reader.standing(application, environment),
  };
}
