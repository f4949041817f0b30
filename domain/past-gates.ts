import type { DeploymentRequest } from './deployment-request.ts';
import type { GateQuestion } from './gates/question.ts';
import { breakGlassFor, type Standing } from './standing.ts';

/** Ids of the broken glass by which a stage's gates may have opened just now. */
export function glassUsed({ application, environment, subject, digests, facts }: GateQuestion, now: number): readonly string[] {
  const { standing } = facts;
  if (standing.kind !== 'known') return [];
  return breakGlassFor({ application, environment, release: subject.release, digests }, standing.value, now).map(({ id }) => id);
}

/** Whether the glass by which a request came past its gates lets it past no more: they are to be asked again before it begins. */
export function hasLapsed({ application, environment, release, past = [] }: DeploymentRequest, standing: Standing, now: number): boolean {
  const digests = release.components.map(({ image }) => image.digest);
  const valid = breakGlassFor({ application, environment, release: release.number, digests }, standing, now).map(({ id }) => id);
  return past.some((id) => !valid.includes(id));
}
