/** A host of an application's environment. */
export interface HostPlace {
  readonly application: string;
  readonly environment: string;
  readonly host: string;
}

export function releasePath(application: string, number: number): string {
  return `/applications/${encodeURIComponent(application)}/releases/${number}`;
}

export function environmentPath(application: string, environment: string): string {
  return `/applications/${encodeURIComponent(application)}/environments/${encodeURIComponent(environment)}`;
}

export function hostPath({ application, environment, host }: HostPlace): string {
  return `${environmentPath(application, environment)}/hosts/${encodeURIComponent(host)}`;
}
