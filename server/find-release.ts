import type { ReleaseRecord, StageStatus } from '../domain/release.ts';
import type { ReleaseEngine } from '../temporal/engine.ts';
import { NotFound } from '../temporal/errors.ts';
import { requireApplication, requireStage } from './catalogue.ts';
import type { ActingParts } from './ports.ts';
import { NoSuchThing } from './problems.ts';

/** A registered release. Throws NoSuchThing, naming the newest release. */
export async function findRelease(parts: ActingParts, application: string, number: number): Promise<ReleaseRecord> {
  requireApplication(parts, application);
  const record = await parts.register.release(application, number);
  if (record) return record;
  const newest = await parts.register.newest(application);
  const hint =
    newest === undefined ? `make one with 'tidegate release create ${application}'` : `'tidegate status ${application}' lists the releases`;
  throw new NoSuchThing(`There is no release ${number} of ${application}; ${newestIs(newest)}`, hint);
}

/** Asks the workflow of a registered release. Throws NoSuchThing where the release has no workflow. */
export async function askWorkflow<Answer>(record: ReleaseRecord, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    const message = `Release ${record.number} of ${record.application} is registered, and no workflow of it runs or is kept any longer`;
    throw new NoSuchThing(message, "'tidegate promote' takes it through a stage again", { cause: error });
  }
}

/** The stage as it stands; undefined where the release's workflow is gone and cannot be asked. Throws UnfitRequest, naming the stages that there are. */
export async function stageOfRelease(engine: ReleaseEngine, record: ReleaseRecord, stage: string): Promise<StageStatus | undefined> {
  try {
    return requireStage(await engine.releaseStatus(record.application, record.number), stage);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    return undefined;
  }
}

function newestIs(newest: number | undefined): string {
  return newest === undefined ? 'it has no release yet' : `the newest is ${newest}`;
}
