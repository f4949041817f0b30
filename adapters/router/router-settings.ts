import type { RouterContainer, RouterEngine, RouterPort } from '../../activities/hosts/router-engine.ts';
import type { PinnedImage } from '../../domain/image.ts';
import { LABEL, routerName } from '../../domain/labels.ts';
import { CERTIFICATES, START_SCRIPT } from './apply-script.ts';
import type { GivenCertificate } from './certificates.ts';
import { DIRECTORY, FIRST_INNER_TCP_PORT, INNER_PORT, INNER_TLS_PORT, VARIABLES } from './configuration.ts';

/** One router: where it is, and how it is reached. */
export interface RouterSettings {
  readonly engine: RouterEngine;
  readonly installation: string;
  /** HAProxy 2.6 or later, sh, flock and one of nc, socat and bash: the official images have them. */
  readonly image: PinnedImage;
  readonly httpPort: number;
  /** The host's port for TLS; undefined where it has none. */
  readonly httpsPort: number | undefined;
  /** What the owners of the host's environments gave, looked up again each time. */
  readonly certificates: () => Promise<readonly GivenCertificate[]>;
  /** Whether an environment's plain requests are redirected to TLS. */
  readonly redirects: (environment: string) => boolean;
  /** Further ports of the host, for routes over TCP. */
  readonly tcpPorts: readonly number[];
  readonly publishAddress: string;
}

/** What the engine is asked to create. */
export function routerContainer(settings: RouterSettings): RouterContainer {
  const { installation, image, publishAddress, httpPort, httpsPort } = settings;
  const name = routerName(installation);
  return {
    name,
    image,
    labels: { [LABEL.installation]: installation, [LABEL.role]: 'router' },
    command: ['sh', '-c', START_SCRIPT],
    environment:
      httpsPort === undefined
        ? {}
        : { [VARIABLES.certificates]: CERTIFICATES, [VARIABLES.httpsAt]: httpsPort === 443 ? '' : `:${httpsPort}` },
    folders: httpsPort === undefined ? [] : [{ source: `/run/tidegate/${name}`, path: CERTIFICATES }],
    ports: [
      { inner: INNER_PORT, address: publishAddress, port: httpPort },
      ...(httpsPort === undefined ? [] : [{ inner: INNER_TLS_PORT, address: publishAddress, port: httpsPort }]),
      ...tcpPortsOf(settings),
    ],
    // It outlives the container, so a router that is made anew has its routes.
    volume: { name, path: DIRECTORY },
    capabilities: ['SETUID', 'SETGID', 'KILL'],
    // Requests in progress end before it stops.
    stopSignal: 'SIGUSR1',
    stopGraceMs: 10_000,
  };
}

/** The host's ports for TCP, in an order that does not depend on how they are listed. */
function tcpPortsOf({ tcpPorts, publishAddress }: RouterSettings): RouterPort[] {
  const ports = [...tcpPorts].sort((a, b) => a - b);
  return ports.map((port, index) => ({ inner: FIRST_INNER_TCP_PORT + index, address: publishAddress, port }));
}

/** Whether a port of a router's container is one for routes over TCP. */
export function isForTcp({ inner }: RouterPort): boolean {
  return inner >= FIRST_INNER_TCP_PORT;
}
