import { plain } from '../github/plain.ts';
import type { GuardAnswer, GuardVerdict } from './guard.ts';

/** What GitHub takes: https://docs.github.com/actions/how-tos/deploy/configure-and-manage-deployments/create-custom-protection-rules */
const LIMIT = 1_024;

/** So many words a run may have; GitHub takes ten, and one whose answer was lost may be said twice. */
export const MOST_COMMENTS = 5;

/** What is said beside a yes or a no. */
export function answerText({ kind, reason, by }: GuardAnswer): string {
  const who = by === undefined ? '' : `${plain(by)} ended it: `;
  return cut(`${kind === 'approved' ? 'Tidegate lets it through.' : 'Tidegate does not let it through.'} ${who}${plain(reason)}`, LIMIT);
}

/** What is said while it waits: what for, and which comments say more or open it. */
export function waitingText({ reason, commands = [] }: GuardVerdict): string {
  const lines = commands.map((command) => `\n- \`${command}\``).join('');
  const rest = lines.length > LIMIT / 2 ? '' : lines;
  return cut(`Tidegate waits. ${plain(reason)}`, LIMIT - rest.length) + rest;
}

function cut(text: string, limit: number): string {
  const letters = [...text];
  return letters.length <= limit ? text : `${letters.slice(0, limit - 1).join('')}…`;
}
