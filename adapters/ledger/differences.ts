import type { Database } from './database.ts';
import { readPasses } from './pass-check.ts';
import { isAsCreated } from './release-check.ts';
import { readRelease } from './rows.ts';
import type { SqlDecisions } from './sql-decisions.ts';
import type { SqlPeople } from './sql-people.ts';
import { STATEMENTS } from './statements.ts';
import type { Difference } from './vouching.ts';

/** Everything that is kept beside the records, held against them: what counts for nothing any more, or holds something up, because somebody changed it. */
export async function allDifferences(
  database: Database,
  decisions: SqlDecisions,
  people: SqlPeople,
  now: string,
): Promise<readonly Difference[]> {
  const found: Difference[] = [...(await decisions.differences()), ...(await people.differences(now))];
  for (const row of await database.read(STATEMENTS.allReleases)) {
    const { application, number } = readRelease(row);
    if (!(await isAsCreated(database, row)))
      found.push({ what: `release ${application}#${number}`, reason: 'it is not as its creation was recorded, so it goes nowhere' });
    found.push(...(await readPasses(database, application, number)).differences);
  }
  return found;
}
