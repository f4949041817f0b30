import { createHash, randomUUID } from 'node:crypto';
import type { ReleaseEngine } from '../temporal/engine.ts';
import { NotFound, Refused } from '../temporal/errors.ts';
import { readAlarm } from './alarm-document.ts';
import { NoAlarmDocument } from './problems.ts';
import type { WebhookAnswer } from './schemas/environment.ts';

/**
 * Raises the alarm that a monitoring system sent. Monitors know nothing of bake times: that nobody hears it is an answer, and no failed delivery.
 * Throws NoAlarmDocument, and what the engine throws.
 */
export async function hearWebhook(
  engine: ReleaseEngine,
  at: { readonly application: string; readonly environment: string; readonly alarm: string },
  body: Buffer,
  requestId: string,
): Promise<WebhookAnswer> {
  const { application, environment, alarm } = at;
  const read = readAlarm(body.toString('utf8'));
  if (read === undefined) throw new NoAlarmDocument();
  if (read.kind === 'over') return { raised: false, detail: `${alarm} is over: nothing is raised` };
  const { reason, release } = read;
  const delivery = createHash('sha256').update(body).digest('hex');
  const told = { reason, delivery: `${alarm}/${delivery}`, ...(release !== undefined && { release }) };
  const message = { alarm, person: 'tidegate', ...told, known: { authentication: `webhook ${alarm}`, requestId } };
  try {
    const answer = await engine.raiseAlarm(application, environment, message, randomUUID());
    return { raised: true, detail: `${application} in ${environment} returns from release ${answer.from} to ${answer.to}`, ...answer };
  } catch (error) {
    if (error instanceof Refused) return { raised: false, detail: error.message };
    if (error instanceof NotFound) return { raised: false, detail: `Nothing was deployed to ${environment} yet: no alarm is heard` };
    throw error;
  }
}
