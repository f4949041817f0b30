/** One host of the demo as users and the installation file know it. */
export interface SiteHost {
  readonly name: string;
  /** `unix:///…` or `tcp://127.0.0.1:PORT` */
  readonly docker: string;
  /** Where the host's router is reached. */
  readonly address: string;
  readonly port: number;
}

/** Where the demo's containers run, and where its images lie. */
export interface Site {
  /** `HOST:PORT`, on plain HTTP. */
  readonly registry: string;
  /** With its digest. */
  readonly routerImage: string;
  /** What the application builds on, with its digest. */
  readonly baseImage: string;
  readonly hosts: readonly SiteHost[];
  /** Names of hosts. */
  readonly staging: readonly string[];
  readonly production: readonly string[];
  /** The host that builds and runs tests. */
  readonly builder: string;
}

/** The host of this name. Throws when the site has none: a fault of the demo itself. */
export function hostOf(site: Site, name: string): SiteHost {
  const found = site.hosts.find((host) => host.name === name);
  if (found === undefined) throw new Error(`Expected host ${name} among ${site.hosts.map((host) => host.name).join(', ')}`);
  return found;
}
