/** Where workflows, and activities that need no site, run. */
export const MAIN_TASK_QUEUE = 'tidegate';

/** Where the activities of a site's hosts run: only a worker inside the site polls it. */
export function siteTaskQueue(site: string): string {
  return `tidegate-site-${site}`;
}
