/** A moment of an activity: before anything of it is done, or when all of it is done and nobody has been told. */
export interface Boundary {
  /** Names it among those of its process. */
  readonly id: number;
  readonly when: 'before' | 'after';
  readonly workflowType: string;
  readonly workflowId: string;
  readonly activityId: string;
  readonly activityType: string;
  /** The host, or the action of the record, that it is about. */
  readonly subject: string;
  readonly attempt: number;
}

/** The workflows of a deployment; others go on beside it. */
const WORKFLOWS: readonly string[] = ['release', 'environment', 'deployment'];

export function isOfDeployment({ workflowType }: Pick<Boundary, 'workflowType'>): boolean {
  return WORKFLOWS.includes(workflowType);
}

/** `deployment: switchHost production-1` */
export function nameOf({ workflowType, activityType, subject }: Boundary): string {
  return `${workflowType}: ${activityType}${subject === '' ? '' : ` ${subject}`}`;
}

/** What an activity is about, by its input. */
export function subjectOf(input: unknown): string {
  const { host, action, hosts } = Object(input) as { host?: unknown; action?: unknown; hosts?: unknown };
  if (typeof host === 'string') return host;
  if (typeof action === 'string') return action;
  return Array.isArray(hosts) ? hosts.map((one: { name?: string }) => one.name).join(' ') : '';
}
