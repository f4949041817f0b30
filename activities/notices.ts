import type { Notice } from '../domain/notice.ts';

/** Where people are told at once. */
export interface Notifier {
  /** Told again, a notice has the id that it had. */
  send(notice: Notice): Promise<void>;
}

export const createNoticeActivities = (notifier: Notifier) => ({
  async sendNotice(notice: Notice): Promise<void> {
    await notifier.send(notice);
  },
});
