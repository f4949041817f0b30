import type { EnvironmentView } from '../../server/schemas/environment.ts';
import { progressText } from './stage-text.ts';
import type { Style } from './styles.ts';

/** The running deployment's host states, each under a name that stays. */
export function environmentLines(status: EnvironmentView, style: Style): ReadonlyMap<string, string> {
  const lines = new Map<string, string>();
  const progress = status.running?.progress;
  if (!status.running || !progress) return lines;
  lines.set('phase', `${status.environment}  ${style('busy', `#${status.running.release} ${progressText(progress)}`)}`);
  for (const [host, step] of Object.entries(progress.hosts)) {
    if (step !== 'waiting') lines.set(host, `${status.environment}  ${host} ${step}`);
  }
  return lines;
}

/** The same as a picture. */
export function environmentPicture(status: EnvironmentView, style: Style): string {
  const lines = [...environmentLines(status, style).values()];
  return lines.length === 0 ? `${status.environment}  waits for its turn` : lines.join('\n');
}
