import { type Load, startLoad } from '../../lab/load.ts';
import { answersByVersion, type RequestFacts } from '../report/document.ts';
import type { SiteHost } from '../site/site.ts';

/** Of each of the two kinds of client to each host. */
const RATE = 30;
const CONNECTIONS = 4;

/** Steady traffic of users against every production host, through its router: half of them keep their connections, half do not. */
export class Traffic {
  readonly #loads: readonly Load[];

  constructor(hosts: readonly SiteHost[], name: string) {
    this.#loads = hosts.flatMap(({ address, port }) =>
      [true, false].map((keepAlive) =>
        startLoad({ url: `http://${address}:${port}/`, headers: { host: name }, connections: CONNECTIONS, ratePerSecond: RATE, keepAlive }),
      ),
    );
  }

  get sent(): number {
    return this.#loads.reduce((sum, load) => sum + load.sent, 0);
  }

  /** Ends it and counts; `versions` says which version each deployment was. */
  async stop(versions: Readonly<Record<string, string>>): Promise<RequestFacts> {
    const reports = await Promise.all(this.#loads.map((load) => load.stop()));
    const identities: Record<string, number> = {};
    for (const { byIdentity } of reports)
      for (const [identity, count] of Object.entries(byIdentity)) identities[identity] = (identities[identity] ?? 0) + count;
    return {
      sent: sum(reports.map((report) => report.sent)),
      lost: sum(reports.map((report) => report.lost)),
      byVersion: answersByVersion(identities, versions),
      errors: [...new Set(reports.flatMap((report) => report.errors))],
    };
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
