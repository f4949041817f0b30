import type { DemoOptions } from '../options.ts';
import type { Teller } from '../telling/teller.ts';
import { startLabSite } from './lab-site.ts';
import { type SitePlace, startSingleEngineSite } from './single-engine-site.ts';
import type { Site } from './site.ts';

/** Separate engines where they can be had; else the one engine of the user, told plainly. */
export function startSite(options: Pick<DemoOptions, 'docker'>, place: SitePlace, teller: Teller): Promise<Site> {
  if (options.docker === undefined) return startLabSite(place.root, teller);
  teller.fact(`One Docker engine for everything: ${options.docker}. Its one host, 'local', plays staging and production;`);
  teller.fact('with root on Linux, and no DOCKER_HOST or Docker context chosen, the demo makes three engines of its own instead.');
  return startSingleEngineSite(options.docker, place, teller);
}
