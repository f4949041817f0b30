import type { RouterContainer, RouterEngine } from '../../activities/hosts/router-engine.ts';
import type { PinnedImage } from '../../domain/image.ts';
import { LABEL } from '../../domain/labels.ts';
import { START_SCRIPT } from './apply-script.ts';
import { DIRECTORY, INNER_PORT } from './configuration.ts';

/** One router: where it is, and how it is reached. */
export interface RouterSettings {
  readonly engine: RouterEngine;
  readonly installation: string;
  /** HAProxy 2.6 or later, sh, flock and one of nc, socat and bash: the official images have them. */
  readonly image: PinnedImage;
  readonly httpPort: number;
  readonly publishAddress: string;
}

export function routerName(installation: string): string {
  return `tidegate-router-${installation}`;
}

/** What the engine is asked to create. */
export function routerContainer({ installation, image, publishAddress, httpPort }: RouterSettings): RouterContainer {
  const name = routerName(installation);
  return {
    name,
    image,
    labels: { [LABEL.installation]: installation, [LABEL.role]: 'router' },
    command: ['sh', '-c', START_SCRIPT],
    ports: [{ inner: INNER_PORT, address: publishAddress, port: httpPort }],
    // It outlives the container, so a router that is made anew has its routes.
    volume: { name, path: DIRECTORY },
    capabilities: ['SETUID', 'SETGID', 'KILL'],
    // Requests in progress end before it stops.
    stopSignal: 'SIGUSR1',
    stopGraceMs: 10_000,
  };
}
