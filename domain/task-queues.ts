/** Where workflows, and activities that need no site, run. */
export const MAIN_TASK_QUEUE = 'tidegate';

/** Where the activities of a site's hosts run: only a worker inside the site polls it. */
export function siteTaskQueue(site: string): string {
  return `tidegate-site-${site}`;
}

/** The site beside the ledger: its workers run the workflows too, and those of other sites only act on their own hosts. */
export const HOME_SITE = 'default';
