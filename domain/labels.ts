/** Labels on everything that Tidegate makes on a host: what runs can be read from them alone. */
export const LABEL = {
  installation: 'io.tidegate.installation',
  application: 'io.tidegate.application',
  environment: 'io.tidegate.environment',
  component: 'io.tidegate.component',
  release: 'io.tidegate.release',
  deployment: 'io.tidegate.deployment',
  generation: 'io.tidegate.generation',
  replica: 'io.tidegate.replica',
  digest: 'io.tidegate.digest',
  spec: 'io.tidegate.spec',
  /** What the container was made with, in words (JSON); references to secrets only by fingerprint of the reference. */
  settings: 'io.tidegate.settings',
  /** `true` where it is a component's one writer: the next version starts when it has stopped. Absent on every other. */
  stateful: 'io.tidegate.stateful',
  /** The job that the container runs; absent on every other. */
  job: 'io.tidegate.job',
  /** `component`, `router`, `test`, `companion`, `job`, `helper`: what the container is for. */
  role: 'io.tidegate.role',
  /** The names of the variables that were given secrets, never a value: what is left out when the container's log is shown. */
  secrets: 'io.tidegate.secrets',
  /** The secrets that it reads as files: name to version (JSON), never a value. */
  secretFiles: 'io.tidegate.secret-files',
} as const;

export type Role = 'component' | 'router' | 'test' | 'companion' | 'job' | 'helper';

/**
 * The name of one replica's container. Engines give a name out once, so the name is the fence:
 * two actors of one generation meet at it, and a later generation never shares it.
 */
export function containerName(at: {
  application: string;
  environment: string;
  component: string;
  generation: number;
  replica: number;
}): string {
  return `tidegate-${at.application}.${at.environment}.${at.component}.g${at.generation}.${at.replica}`;
}

/**
 * The name of the container of a job, or of what undoes it: of a deployment, so that whoever tries again finds it, and the next
 * deployment does not.
 */
export function jobContainerName(
  at: { application: string; environment: string; generation: number },
  { job, release, direction, attempt = 1 }: { job: { name: string }; release: number; direction: 'up' | 'down'; attempt?: number },
): string {
  const last = direction === 'down' ? 'down' : attempt === 1 ? 'job' : `job-${attempt}`;
  return `tidegate-${at.application}.${at.environment}.${job.name}.r${release}.g${at.generation}.${last}`;
}

/**
 * Whether a job's container belongs to the way back: it undid something, brought it back, or is a hook that is run then. How that ended is read
 * from it again.
 */
export function isOfTheWayBack(jobContainer: string): boolean {
  return jobContainer.endsWith('.down') || /-on-rollback\.r\d+\.g\d+\.job$/.test(jobContainer);
}

/** The container, and the volume, of an installation's router on a host. */
export function routerName(installation: string): string {
  return `tidegate-router-${installation}`;
}

/** The network that joins the components of one application in one environment. */
export function networkName(application: string, environment: string): string {
  return `tidegate-${application}.${environment}`;
}

/** A volume of one application in one environment, kept from release to release. */
export function volumeName(application: string, environment: string, volume: string): string {
  return `tidegate-${application}.${environment}.${volume}`;
}
