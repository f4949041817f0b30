import { ContainerMissing } from '../../../activities/hosts/errors.ts';
import type { HostEngine } from '../../../activities/hosts/ports.ts';
import { canonicalJson } from '../../../domain/canonical.ts';
import { printImage } from '../../../domain/image.ts';
import { examined, inspected, observed } from './fake-container.ts';
import type { HostState } from './host-state.ts';

/** The engine of a host in memory. */
export function engineOf(host: HostState): HostEngine {
  return {
    observe: (application, environment) => {
      const own = host.of(application, environment, 'component');
      return host.done('observe', own.map(observed));
    },
    observeJobs: (application, environment) => {
      // Engines list what was made last first.
      const own = host.of(application, environment, 'job').reverse();
      return host.done('observeJobs', own.map(observed));
    },
    ensureNetwork: (name) => host.done(`ensureNetwork ${name}`, undefined),
    ensureImage: (image) => {
      host.images.add(printImage(image));
      return host.done(`ensureImage ${image.repository}`, undefined);
    },
    holdsImage: (image) => host.done(`holdsImage ${image.repository}`, host.images.has(printImage(image))),
    ensureContainer: (spec) => {
      if (!host.images.has(printImage(spec.image))) return Promise.reject(new Error(`no image ${printImage(spec.image)}`));
      const address = `10.0.0.${host.containers.size + 1}`;
      const there = host.containers.get(spec.name);
      if (there && canonicalJson(there.spec.labels) !== canonicalJson(spec.labels))
        return Promise.reject(new Error(`${spec.name} is another's`));
      if (there === undefined) host.containers.set(spec.name, { spec, status: 'created', restarts: 0, startedAt: 0, address });
      return host.done(`ensureContainer ${spec.name}`, undefined);
    },
    start: async (name) => {
      const container = host.container(name);
      if (container.status !== 'running') container.startedAt = host.clock();
      container.status = host.behaviour(container) === 'exits' ? 'exited' : 'running';
      host.started.add(name);
      if (host.behaviour(container) === 'restarts') container.restarts += 1;
      return host.done(`start ${name}`, undefined);
    },
    startOnce: (name) => {
      const container = host.container(name);
      host.runs.push(name);
      container.exitCode = host.behaviour(container) === 'exits' ? 3 : 0;
      container.status = host.jobs.has(name) || host.behaviour(container) === 'silent' ? 'running' : 'exited';
      return host.done(`startOnce ${name}`, undefined);
    },
    ensureSecrets: (name) => {
      if (!host.containers.has(name))
        return Promise.reject(new ContainerMissing({ host: host.name, endpoint: 'memory' }, name, 'have its secrets'));
      return host.done(`ensureSecrets ${name}`, undefined);
    },
    revive: (name) => {
      const container = host.containers.get(name);
      const isStarted = container?.status === 'exited' && host.started.has(name);
      if (isStarted) container.status = 'running';
      return host.done(`revive ${name}`, { wasWhole: !isStarted, isStarted });
    },
    signal: (name, signal) => {
      host.started.delete(name);
      const container = host.containers.get(name);
      if (container?.status === 'running') host.heeds(container.spec, signal);
      return host.done(`signal ${name} ${signal}`, undefined);
    },
    fileTime: (name, path) => host.done(`fileTime ${name} ${path}`, host.files.get(`${name}${path}`)),
    stop: (name) => {
      host.started.delete(name);
      const container = host.containers.get(name);
      if (container?.status === 'running') container.status = 'exited';
      return host.done(`stop ${name}`, undefined);
    },
    remove: (name) => {
      host.containers.delete(name);
      return host.done(`remove ${name}`, undefined);
    },
    inspect: (name) => {
      const container = host.containers.get(name);
      if (container && host.behaviour(container) === 'restarts' && container.status === 'running') container.restarts += 1;
      return host.done(`inspect ${name}`, container && inspected(container, host.started.has(name)));
    },
    now: () => host.done('now', host.clock()),
    examine: (name) => {
      const container = host.containers.get(name);
      return host.done(`examine ${name}`, container && examined(container));
    },
    withoutSecrets: (name, text) => host.done(`withoutSecrets ${name}`, text),
    logsTail: (name) => host.done(`logsTail ${name}`, host.containers.has(name) ? `said by ${name}` : ''),
  };
}
