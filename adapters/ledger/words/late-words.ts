import type { Book, Place } from '../../../activities/github/in-order.ts';
import type { Words } from './open-words.ts';

/** Books that are opened when something is told for the first time, and tried again while they cannot be: what is told is a courtesy, and keeps no worker from starting. */
export function lateWords(open: () => Promise<Words>): Words {
  let opening: Promise<Words> | undefined;
  let isClosed = false;
  const opened = (): Promise<Words> => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
  return {
    statuses: lateBook(async () => (await opened()).statuses),
    deployments: lateBook(async () => (await opened()).deployments),
    checks: lateBook(async () => (await opened()).checks),
    close: () => {
      if (!isClosed) void opening?.then((words) => words.close()).catch(() => undefined);
      isClosed = true;
    },
  };
}

function lateBook<News extends Place>(opened: () => Promise<Book<News>>): Book<News> {
  return {
    begin: async (news) => (await opened()).begin(news),
    last: async (of) => (await opened()).last(of),
    settle: async (...settled) => (await opened()).settle(...settled),
    untold: async (application) => (await opened()).untold(application),
    landed: async (...landed) => (await opened()).landed(...landed),
    strayed: async (of) => (await opened()).strayed(of),
    ruler: async (of) => (await opened()).ruler(of),
  };
}
