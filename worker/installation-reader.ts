import type { SourceArchive } from '../activities/images.ts';
import type { InstallationReader } from '../activities/installation.ts';
import { environmentPolicy, findApplication } from '../config/environment-policy.ts';
import type { Installation } from '../config/installation.ts';
import { loadInstallation } from '../config/installation-file.ts';
import { parsePipelineFor } from '../config/pipeline-in-installation.ts';
import type { Pipeline } from '../domain/pipeline.ts';

const READ_MS = 60_000;

/** Pipelines from the applications' repositories, and environments from the installation's file as it is now. */
export function createInstallationReader(installation: Installation, sources: SourceArchive): InstallationReader {
  return {
    pipeline: (application, commit) => readPipeline(installation, sources, application, commit, AbortSignal.timeout(READ_MS)),
    // Read again each time: a rule that its owners changed counts for the next stage.
    environment: async (name) => environmentPolicy(await loadInstallation(installation.file), name),
  };
}

/** The pipeline file of a commit, or of the default branch where none is given. */
export async function readPipeline(
  installation: Installation,
  sources: SourceArchive,
  application: string,
  commit: string | undefined,
  signal: AbortSignal,
): Promise<Pipeline> {
  const { pipeline: path } = findApplication(installation, application);
  const revision = commit ?? (await sources.resolve(application, 'HEAD', { signal }));
  const text = await sources.file(application, revision, path, { signal });
  return parsePipelineFor(installation, application, text, `${application}@${revision.slice(0, 12)}:${path}`);
}
