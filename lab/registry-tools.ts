import { isInstalled } from './command.ts';

/** What registries are tried with: another registry, four clients that people use, and one that signs. */
export type RegistryTool = 'distribution' | 'crane' | 'regctl' | 'oras' | 'skopeo' | 'cosign';

const HOW_TO_GET: Readonly<Record<RegistryTool, string>> = {
  distribution: 'go install github.com/distribution/distribution/v3/cmd/registry@v3.1.2',
  crane: 'go install github.com/google/go-containerregistry/cmd/crane@v0.22.1',
  regctl: 'go install github.com/regclient/regclient/cmd/regctl@v0.11.7',
  oras: 'go install oras.land/oras/cmd/oras@v1.3.6',
  skopeo: 'apt-get install skopeo',
  cosign: 'go install github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3',
};

/**
 * The program of a tool, as set-up says in the environment (`TIDEGATE_CRANE`), else on PATH; undefined when it is not there.
 * What is called `registry` on PATH can be of any version, so distribution is only as set-up says.
 */
export async function findRegistryTool(
  name: RegistryTool,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const named = environment[`TIDEGATE_${name.toUpperCase()}`];
  if (named !== undefined && named !== '') return named;
  return name !== 'distribution' && (await isInstalled(name)) ? name : undefined;
}

/** What to type for a tool that is missing. */
export function howToGet(name: RegistryTool): string {
  return name === 'distribution' ? `${HOW_TO_GET[name]}, and TIDEGATE_DISTRIBUTION with its path` : HOW_TO_GET[name];
}
