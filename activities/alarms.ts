import type { HttpAlarm } from '../domain/alarm.ts';
import { withHeartbeat } from './with-heartbeat.ts';

/** Asks an alarm's URL once. */
export interface AlarmProbe {
  /** What was answered, or why nothing was, in words; undefined when it was as it should be. Rejects only for an aborted signal. */
  ask(alarm: HttpAlarm, options: { readonly signal: AbortSignal }): Promise<string | undefined>;
}

/** What bakes where is there for Temporal's history alone. */
interface Watch {
  readonly application: string;
  readonly environment: string;
  readonly alarm: HttpAlarm;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

interface Time {
  now(): number;
  /** Rejects with the signal's reason when that comes first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** What watches over a release during its bake time. */
export function createAlarmActivities({ probe, clock }: { readonly probe: AlarmProbe; readonly clock: Time }) {
  return {
    /**
     * Asks until the bake time ends (null), or the alarm goes off: what was seen, in a sentence. A second attempt counts from nothing:
     * later by some questions, never wrongly.
     */
    watchAlarm({ alarm, until }: Watch): Promise<string | null> {
      return withHeartbeat(async ({ signal, onProgress }) => {
        for (let failures = 0; clock.now() < until; await clock.sleep(alarm.intervalMs, signal)) {
          const seen = await probe.ask(alarm, { signal });
          failures = seen === undefined ? 0 : failures + 1;
          onProgress(seen === undefined ? 'as it should be' : `${seen}, ${failures} of ${alarm.failures}`);
          if (failures >= alarm.failures) return `expected ${alarm.url} to answer ${alarm.status}, and ${seen}, ${times(failures)}`;
        }
        return null;
      });
    },
  };
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times in a row`;
}
