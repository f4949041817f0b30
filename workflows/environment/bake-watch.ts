import { CancellationScope, isCancellation, log } from '@temporalio/workflow';
import type { HttpAlarm, Watched } from '../../domain/alarm.ts';
import { failureText } from '../failure-text.ts';
import { alarms } from '../proxies/outside.ts';

/** Watches over what an environment runs, for as long as it bakes. */
export class BakeWatch {
  #deployment: string | undefined;
  #scope = new CancellationScope();

  /** `onAlarm` is told the alarm's name and what was seen. */
  constructor(
    private readonly place: { readonly application: string; readonly environment: string },
    private readonly onAlarm: (alarm: string, seen: string) => void,
  ) {}

  /** Watches this from now on, and nothing else; what is watched already goes on being watched. */
  follow(watched: Watched | undefined): void {
    if (watched?.deployment === this.#deployment) return;
    this.#scope.cancel();
    this.#deployment = watched?.deployment;
    if (watched === undefined) return;
    this.#scope = new CancellationScope();
    for (const alarm of watched.alarms) if (alarm.kind === 'http') void this.#watch(alarm, watched);
  }

  async #watch(alarm: HttpAlarm, { deployment, until }: Watched): Promise<void> {
    try {
      const watcher = alarms(`watch ${alarm.name}`, until - Date.now());
      const seen = await this.#scope.run(() => watcher.watchAlarm({ ...this.place, alarm, until }));
      if (seen !== null && this.#deployment === deployment) this.onAlarm(alarm.name, seen);
    } catch (error) {
      if (!isCancellation(error)) log.warn('An alarm is not watched any more', { alarm: alarm.name, reason: failureText(error) });
    }
  }
}
