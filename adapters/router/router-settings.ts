import type { ContainerCreateOptions } from 'dockerode';
import type { RegistryCredentials } from '../../activities/images.ts';
import { LABEL } from '../../domain/labels.ts';
import { START_SCRIPT } from './apply-script.ts';
import { DIRECTORY, INNER_PORT } from './configuration.ts';
import type { RouterPlace } from './engine-calls.ts';

/** One router: where it is, and how it is reached. */
export interface RouterSettings extends RouterPlace {
  readonly installation: string;
  /** Reference of an image with HAProxy 2.6 or later, sh, flock and one of nc, socat and bash. */
  readonly image: string;
  readonly httpPort: number;
  readonly publishAddress: string;
  readonly credentials: RegistryCredentials;
}

export function routerName(installation: string): string {
  return `tidegate-router-${installation}`;
}

/** What the engine is asked to create. Keys are those of Engine API 1.41. */
export function routerContainer(settings: RouterSettings): ContainerCreateOptions {
  const name = routerName(settings.installation);
  const port = `${INNER_PORT}/tcp`;
  const labels = { [LABEL.installation]: settings.installation, [LABEL.role]: 'router' };
  return {
    name,
    Image: settings.image,
    Labels: labels,
    Entrypoint: ['sh', '-c', START_SCRIPT],
    Cmd: [],
    User: '0',
    // Requests in progress end before it stops.
    StopSignal: 'SIGUSR1',
    StopTimeout: 10,
    ExposedPorts: { [port]: {} },
    HostConfig: {
      RestartPolicy: { Name: 'always' },
      PortBindings: { [port]: [{ HostIp: settings.publishAddress, HostPort: String(settings.httpPort) }] },
      // The volume outlives the container, so a router that is made anew has its routes.
      Mounts: [
        {
          Type: 'volume',
          Source: name,
          Target: DIRECTORY,
          VolumeOptions: { NoCopy: true, Labels: labels, DriverConfig: { Name: 'local', Options: {} } },
        },
      ],
      LogConfig: { Type: 'local', Config: {} },
      CapDrop: ['ALL'],
      CapAdd: ['SETUID', 'SETGID', 'KILL'],
      SecurityOpt: ['no-new-privileges'],
    },
  };
}
