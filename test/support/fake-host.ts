import type { Clock } from '../../activities/hosts/clock.ts';
import type { Host, Route } from '../../activities/hosts/ports.ts';
import { LABEL } from '../../domain/labels.ts';
import { HostState } from './host/host-state.ts';
import { engineOf } from './host/memory-engine.ts';
import { answer, routerOf } from './host/memory-router.ts';

/** The host with its two ports, and what its users see. */
export class FakeHost extends HostState {
  readonly #engine = engineOf(this);
  readonly #router = routerOf(this);

  get host(): Host {
    return { name: this.name, labels: this.labels, engine: this.#engine, router: this.#router };
  }

  /** The deployments that answer users now, or the status they get. */
  answersFor(route: Route): string[] {
    const answers = Array.from({ length: 4 }, () => answer(this, route, '/identity', undefined));
    return [...new Set(answers.map(({ status, headers }) => (status === 200 ? (headers['x-identity'] ?? '') : String(status))))];
  }

  runningNames(component: string): string[] {
    const running = [...this.containers.values()].filter(
      ({ spec, status }) => status === 'running' && spec.labels[LABEL.component] === component,
    );
    return running.map(({ spec }) => spec.name).sort((a, b) => (a < b ? -1 : 1));
  }
}

/** Time that passes only when someone waits. */
export function fakeClock(): Clock {
  let now = 1_000_000;
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      now += Math.max(1, ms);
    },
  };
}
