import { sleep } from '@temporalio/workflow';
import type { DeploymentOutcome, HostReference, HostReport } from '../../domain/deployment.ts';
import { batches } from '../../domain/strategy.ts';
import { failureText } from '../failure-text.ts';
import { HOSTS_AT_ONCE } from '../in-turns.ts';
import { waysBackOf } from '../proxies/hosts.ts';
import { byHost, type HostsState, untouched } from './hosts-state.ts';
import { onHost } from './on-host.ts';

export type WentBack = Extract<DeploymentOutcome, { kind: 'failed' | 'rolled-back' }>;

/** The way back of a deployment's hosts: of all of them, or of one that is left out. */
export class HostsWayBack {
  constructor(private readonly state: HostsState) {}

  /** Returns every host to what it ran before, all at once; resolves when all are back. */
  async ofAll(reason: string): Promise<WentBack> {
    const { state } = this;
    state.phase = 'rolling-back';
    const begun: Promise<HostReport>[] = [];
    for (const part of batches([...state.prepared].reverse(), HOSTS_AT_ONCE)) {
      // The next ones begin a moment later, and wait for none of these.
      if (begun.length > 0) await sleep(1);
      begun.push(...part.map((host) => this.#restore(host)));
    }
    const reports = byHost(await Promise.all(begun));
    const hosts = state.input.hosts.map((host) => reports.get(host.name) ?? untouched(host));
    return { kind: state.touched.length === 0 ? 'failed' : 'rolled-back', reason, hosts };
  }

  async #restore(host: HostReference): Promise<HostReport> {
    const { phases, left: leftOut } = this.state;
    const wasTouched = this.state.wasTouched(host);
    const left = leftOut.get(host.name);
    if (left?.outcome === 'skipped') return { ...left, outcome: wasTouched ? 'restored' : 'untouched' };
    phases[host.name] = 'restoring';
    const report = await (wasTouched ? this.#undo(host) : this.tidy(host));
    phases[host.name] = report.outcome === 'unrestored' ? 'failed' : wasTouched ? 'restored' : 'waiting';
    if (!wasTouched) return { ...report, outcome: 'untouched' };
    // One that was excluded may have been put back by then.
    return left !== undefined && report.outcome === 'untouched' ? { ...report, outcome: 'restored' } : report;
  }

  /** Tried for a while alone: the way back of all other hosts never waits for one that is left out. */
  putBack(host: HostReference): Promise<HostReport> {
    this.state.phases[host.name] = 'restoring';
    return orUnrestored(host, () => onHost(host, 'restore', (there) => there.restoreHost(this.state.task(host))));
  }

  /** What was touched is put back, however long that takes. */
  #undo(host: HostReference): Promise<HostReport> {
    return orUnrestored(host, () => waysBackOf(host.site, `restore ${host.name}`).restoreHost(this.state.task(host)));
  }

  /** What was only prepared is cleared away; a host that is down keeps a container that never started, until the next deployment clears it. */
  async tidy(host: HostReference): Promise<HostReport> {
    try {
      return await onHost(host, 'tidy', (there) => there.restoreHost(this.state.task(host)));
    } catch (error) {
      return { ...untouched(host), detail: `not tidied: ${failureText(error)}` };
    }
  }
}

/** One host that cannot be put back is reported as that: the others go back all the same. */
async function orUnrestored(host: HostReference, restore: () => Promise<HostReport>): Promise<HostReport> {
  try {
    return await restore();
  } catch (error) {
    return { ...untouched(host), outcome: 'unrestored', detail: `not restored: ${failureText(error)}` };
  }
}
