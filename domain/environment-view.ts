import type { Watched } from './alarm.ts';
import type { EnvironmentState } from './environment-state.ts';
import type { AtGates, EnvironmentStatus, QueuedRequest, WatchView } from './environment-status.ts';
import { releaseOf, requestOf, type Work, whoAsked } from './environment-work.ts';
import type { GateStay } from './gate-stay.ts';

/** What people and machines are shown of an environment. */
export function environmentStatusOf(state: EnvironmentState): EnvironmentStatus {
  const { running, watched } = state;
  return {
    application: state.application,
    environment: state.environment,
    current: state.current,
    history: state.history,
    ...(state.stints !== undefined && { stints: state.stints }),
    running: running && {
      deployment: running.deployment,
      release: releaseOf(running.work).number,
      kind: running.work.kind,
      since: running.since,
      ...(running.work.kind === 'host' && { requestId: running.work.requestId }),
      ...(running.waitsFor !== undefined && { waitsFor: running.waitsFor }),
      progress: null,
    },
    queue: state.queue.map(queued),
    ...(state.atGates !== undefined && { atGates: state.atGates.map(atGates) }),
    last: state.last,
    behind: (state.behind ?? []).map((host) => ({ ...host, runs: host.runs?.release.number ?? null })),
    ...(watched !== undefined && running === null && { watched: shownWatch(watched) }),
    generation: state.generation,
  };
}

function shownWatch({ deployment, alarms, until }: Watched): WatchView {
  const shown = alarms.map((alarm) => ({ name: alarm.name, ...(alarm.kind === 'raised' && { raisedBy: alarm.by }) }));
  return { deployment, alarms: shown, until: new Date(until).toISOString() };
}

function queued(work: Work): QueuedRequest {
  const requestId = requestOf(work) ?? `rollback to ${releaseOf(work).number}`;
  const held = work.kind === 'promotion' && work.held !== undefined ? { held: work.held } : {};
  return { requestId, release: releaseOf(work).number, since: work.since, requestedBy: whoAsked(work).person, ...held };
}

function atGates({ requestId, release, since, requestedBy }: GateStay): AtGates {
  return { requestId, release, since, requestedBy };
}
