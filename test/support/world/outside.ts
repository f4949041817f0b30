import type { StageDetails, StageReport } from '../../../activities/github.ts';
import type { GuardLook, GuardTold } from '../../../activities/guards.ts';
import { withHeartbeat } from '../../../activities/with-heartbeat.ts';
import type { HttpAlarm } from '../../../domain/alarm.ts';
import type { Guard, GuardAnswer, GuardSeen, GuardVerdict } from '../../../domain/guard/guard.ts';
import type { Notice } from '../../../domain/notice.ts';
import { untilStopped, type WorldState } from './world-state.ts';

const NOBODY_WAITS = { kind: 'gone', reason: 'nobody waits' } as const;

/** GitHub, people who are told, and what watches. */
export function outsideOf(world: WorldState) {
  return {
    reportStatus: async (status: StageReport) => {
      await world.meet('reportStatus');
      const told = await world.tells(status);
      world.statuses.push(status);
      return told;
    },
    reportDetails: async (details: StageDetails) => {
      await world.meet('reportDetails');
      await world.tellsLater(details);
    },
    lookAtRun: async (asked: GuardLook): Promise<GuardSeen> => {
      await world.meet(`lookAtRun ${asked.guard.run}`);
      return world.guards?.lookAtRun(asked) ?? NOBODY_WAITS;
    },
    answerRun: async (asked: GuardLook & { readonly answer: GuardAnswer }): Promise<GuardTold> => {
      await world.meet(`answerRun ${asked.guard.run} ${asked.answer.kind}`);
      return world.guards?.answerRun(asked) ?? NOBODY_WAITS;
    },
    commentOnRun: async (asked: { readonly guard: Guard; readonly waiting: GuardVerdict }) => {
      await world.meet(`commentOnRun ${asked.guard.run}`);
      await world.guards?.commentOnRun(asked);
    },
    sendNotice: async (notice: Notice): Promise<void> => {
      await world.meet(`sendNotice ${notice.event}`);
      world.notices.push(notice);
    },
    watchAlarm: ({ alarm }: { application: string; alarm: HttpAlarm; until: number }) =>
      withHeartbeat(async ({ signal }) => {
        world.asked.push(`watchAlarm ${alarm.name}`);
        const quiet = new Promise<string>(() => undefined);
        return Promise.race([world.alarmed.get(alarm.name) ?? quiet, untilStopped(signal), world.over.then(() => null)]);
      }),
  };
}
