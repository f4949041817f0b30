import { isPowerful } from './capabilities.ts';
import type { RunSpec } from './pipeline.ts';

/** What reaches a host itself, and therefore needs the word of the environment's owners: an application's own pipeline is not enough. */
export interface Allowances {
  /** Folders of the host, each exactly as a component may bind it. */
  readonly binds: readonly string[];
  readonly capabilities: readonly string[];
  /** Networks of the host that are not the application's own. */
  readonly networks: readonly string[];
}

/** Something that a component asks for and its environment does not allow. */
export interface Excess {
  /** Where in the component. */
  readonly path: readonly (string | number)[];
  readonly what: string;
  /** The key of tidegate.yaml that would allow it. */
  readonly key: keyof Allowances;
}

/** What a component asks for beyond what is allowed; a folder below an allowed one is another folder, as a link in it may lead anywhere. */
export function excesses(
  run: Pick<RunSpec, 'volumes' | 'capabilities' | 'networks'>,
  { binds, capabilities, networks }: Allowances,
): readonly Excess[] {
  const folders = run.volumes.flatMap((volume, index): Excess[] =>
    'bind' in volume && !binds.includes(volume.bind) ? [{ path: ['volumes', index, 'bind'], what: volume.bind, key: 'binds' }] : [],
  );
  const powers = (run.capabilities?.add ?? []).flatMap((capability, index): Excess[] =>
    isPowerful(capability) && !capabilities.includes(capability)
      ? [{ path: ['capabilities', 'add', index], what: capability, key: 'capabilities' }]
      : [],
  );
  const foreign = (run.networks ?? []).flatMap((network, index): Excess[] =>
    networks.includes(network) ? [] : [{ path: ['networks', index], what: network, key: 'networks' }],
  );
  return [...folders, ...powers, ...foreign];
}
