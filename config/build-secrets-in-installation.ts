import type { Pipeline, PipelineFault } from '../domain/pipeline.ts';
import type { Installation } from './installation.ts';
import { suggest } from './suggest.ts';

/** Secrets that builds are to have, and that the installation's owners do not give this application. */
export function buildSecretFaults({ application, components }: Pipeline, { applications }: Installation): PipelineFault[] {
  const given = Object.keys(applications.find(({ name }) => name === application)?.buildSecrets ?? {});
  return components.flatMap(({ name, source }) => {
    const asked = source.kind === 'build' ? (source.secrets ?? []) : [];
    return asked.flatMap((id, index) => (given.includes(id) ? [] : [unknown(id, given, ['components', name, 'build', 'secrets', index])]));
  });
}

function unknown(id: string, given: readonly string[], path: PipelineFault['path']): PipelineFault {
  const near = suggest(id, given);
  const hint = near === undefined ? `there are ${given.join(', ') || 'none'}` : `did you mean ${near}?`;
  return { path, message: `no secret is named ${id} in buildSecrets of this application in tidegate.yaml; ${hint}` };
}
