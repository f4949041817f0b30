import type { Settlement } from '../../../domain/inbox/delivery.ts';
import type { Statement } from '../database.ts';
import { INBOX_STATEMENTS } from './inbox-statements.ts';

/** What is written where a delivery has come to this. */
export function settling(number: number, settlement: Settlement, now: Date): Statement[] {
  const { detail } = settlement;
  switch (settlement.state) {
    case 'later':
      return [INBOX_STATEMENTS.later(number, now.getTime() + settlement.afterMs, detail)];
    case 'failed':
      return [INBOX_STATEMENTS.failed(number, now.getTime() + settlement.afterMs, detail)];
    case 'parked':
      return [INBOX_STATEMENTS.end(number, 'parked', detail)];
    default: {
      const { subject, isRepeatable } = settlement;
      const remembered = subject === undefined ? [] : [INBOX_STATEMENTS.remember(subject, number, now.toISOString())];
      const repeatable = isRepeatable === true ? [INBOX_STATEMENTS.mayRepeat(number)] : [];
      return [...repeatable, INBOX_STATEMENTS.end(number, settlement.state, detail), ...remembered];
    }
  }
}
