import type { AlarmMessage } from '../domain/alarm.ts';
import type { RollbackAnswer } from '../domain/rollback-request.ts';
import type { ReleaseEngine } from '../temporal/engine.ts';
import { Refused } from '../temporal/errors.ts';
import { list } from './catalogue.ts';
import { NotAllowed } from './problems.ts';

/** Raises an alarm over what an environment runs. The workflow decides; a refusal of somebody who may not raise it is NotAllowed. */
export async function raiseAlarm(
  engine: ReleaseEngine,
  place: { readonly application: string; readonly environment: string },
  message: AlarmMessage,
  requestId: string,
): Promise<RollbackAnswer> {
  const { application, environment } = place;
  try {
    return await engine.raiseAlarm(application, environment, message, requestId);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { watched } = await engine.environmentStatus(application, environment);
    const raisers = watched?.alarms.find(({ name }) => name === message.alarm)?.raisedBy;
    if (raisers === undefined || raisers.includes(message.person)) throw error;
    throw new NotAllowed(error.message, `the alarm can be raised by ${list(raisers)}`, { cause: error });
  }
}
