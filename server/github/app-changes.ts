import type { AppStanding } from '../../adapters/github/reads.ts';
import type { AppChange } from '../../domain/github/event.ts';
import type { Settlement } from '../../domain/inbox/delivery.ts';
import type { GitHubParts } from './parts.ts';

/**
 * Says loudly what has become of the App at our repositories, as GitHub has it now, and keeps nothing of what it let us do before. Nothing else changes: what runs needs no
 * GitHub. Throws GitHubUnavailable and GitHubRefused.
 */
export async function hearOfApp(parts: GitHubParts, change: AppChange, isByApp: boolean, signal: AbortSignal): Promise<Settlement> {
  if (!isByApp) return { state: 'ignored', detail: "only the App's own hook can tell what becomes of the App" };
  const said = `The GitHub App ${change.what} at ${change.account}`;
  const repositories = [...new Set(parts.applications.map(({ repository }) => repository))].filter((name) => isConcerned(change, name));
  if (repositories.length === 0) return { state: 'ignored', detail: `${said}, where no application has its repository` };
  const found: { readonly repository: string; readonly fault: string | undefined }[] = [];
  for (const repository of repositories) found.push({ repository, fault: faultOf(await parts.github.appStanding(repository, { signal })) });
  const isWell = found.every(({ fault }) => fault === undefined);
  const now = found.map(({ repository, fault }) => `${repository}: ${fault ?? 'nothing is missing'}`).join('; ');
  const detail = `${said}. GitHub says now: ${now}`;
  if (isWell) parts.server.log.info({ repositories }, detail);
  else parts.server.log.error({ repositories }, `${detail}. 'tidegate github check' shows the same`);
  return { state: 'done', detail: detail.slice(0, 1_000) };
}

/** Where a change names no repository it is about all of the account's. */
function isConcerned({ account, repositories }: AppChange, name: string): boolean {
  const isOf = (one: string) => name.toLowerCase() === one.toLowerCase();
  return repositories.length > 0 ? repositories.some(isOf) : name.toLowerCase().startsWith(`${account.toLowerCase()}/`);
}

function faultOf(standing: AppStanding | undefined): string | undefined {
  if (standing === undefined) return 'the App is not installed there, so that nothing is read and nothing told';
  if (standing.isSuspended) return 'the App is suspended there, so that nothing is read and nothing told';
  if (standing.missing.length === 0) return undefined;
  return `the App lacks ${standing.missing.map(({ name, access }) => `${name}: ${access}`).join(', ')}`;
}
