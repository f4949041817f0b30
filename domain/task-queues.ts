/** Where workflows run, and the quick activities that they wait for: ledger, installation file, environments. */
export const MAIN_TASK_QUEUE = 'tidegate';

/** Builds, tests, git and registries: slow or silent, they must not take the places of those that releases wait for. */
export const IMAGE_TASK_QUEUE = 'tidegate-images';

/** GitHub, which may be down for a day while everything else goes on. */
export const GITHUB_TASK_QUEUE = 'tidegate-github';

/** Alarms, which mostly sleep, for as long as releases bake: they must not take the places of those that act at once. */
export const ALARM_TASK_QUEUE = 'tidegate-alarms';

/** All that a worker of the home site polls besides its hosts. */
export const HOME_TASK_QUEUES: readonly string[] = [MAIN_TASK_QUEUE, IMAGE_TASK_QUEUE, GITHUB_TASK_QUEUE, ALARM_TASK_QUEUE];

/** Where the activities of a site's hosts run: only a worker inside the site polls it. */
export function siteTaskQueue(site: string): string {
  return `tidegate-site-${site}`;
}

/** The site beside the ledger: its workers run the workflows too, and those of other sites only act on their own hosts. */
export const HOME_SITE = 'default';
