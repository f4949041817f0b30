import type { PinnedImage } from '../../domain/image.ts';

export interface HostSettings {
  readonly name: string;
  readonly docker: DockerEndpoint;
  /** Where users reach the host's router. */
  readonly address: string;
  readonly port: number;
  /** The port for TLS; undefined where there is none. */
  readonly https?: number;
  readonly site: string;
  /** Who downloads images for it. */
  readonly pull: 'worker' | 'engine';
  readonly labels: Readonly<Record<string, string>>;
}

/** How a host's engine is reached. */
export type DockerEndpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: TlsFiles }
  | { readonly kind: 'ssh'; readonly user: string; readonly host: string; readonly port: number }
  /** A context of the docker command on the machine of the host's worker. */
  | { readonly kind: 'context'; readonly name: string };

/** PEM files. */
export interface TlsFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

export interface RouterInstallation {
  readonly image: PinnedImage;
  readonly port: number;
  /** The port for TLS; undefined where there is none. */
  readonly https?: number;
  /** Further ports of each host, for components that publish tcp. */
  readonly tcp: readonly number[];
}
