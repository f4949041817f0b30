import type { CommitStatus, DeploymentReports, Telling } from '../../activities/github.ts';
import { type DeploymentNews, generationOf } from '../../domain/deployment-news.ts';
import type { GitHubClient } from './client.ts';
import { DeploymentBook, type Entry } from './deployment-book.ts';
import type { GitHubPlaces } from './statuses.ts';

/** Neighbours in time that are looked at when one deployment takes the place of others: each of them had its own turn. */
const NEIGHBOURS = 3;
/** A way back is rare, and so is what is told again: what served in between may have been told of in any order, or not at all. */
const MANY = 10;

/**
 * Deployments on GitHub, by https://docs.github.com/rest/deployments/deployments: each is made once, found again by its payload, and the one whose
 * release serves is the only one that is active, whichever of several releases is told last. Throws what CommitStatuses says.
 */
export function createGitHubDeployments(client: GitHubClient, places: GitHubPlaces, installation: string): DeploymentReports {
  return {
    report: async (news, of, telling) => {
      const repository = places.repository(of.application);
      if (repository === undefined) return;
      const { application, commit } = of;
      const facts = { application, environment: news.environment, installation, url: places.serving(application, news.environment) };
      const page = places.page(application, news.release);
      const book = new DeploymentBook(client, { ...facts, repository, signal: telling.signal, page });
      await tell(book, news, { application, commit }, telling);
    },
  };
}

async function tell(
  book: DeploymentBook,
  news: DeploymentNews,
  of: Pick<CommitStatus, 'application' | 'commit'>,
  telling: Telling,
): Promise<void> {
  const entries = await book.read();
  const found = await ownOf(book, entries, news);
  const own = found ?? (await made(book, news, of));
  if (own !== undefined) await write(book, own, news, found !== undefined && (telling.isRepeat || news.hasServed === true));
  if (news.isServing === true && own !== undefined)
    await takeThePlace(book, entries, own, { ...news, looks: telling.isRepeat ? MANY : NEIGHBOURS });
  if (news.returnsTo !== undefined) await giveBack(book, entries, own, { ...news, returnsTo: news.returnsTo });
}

/** What no longer serves, and GitHub never heard of, is left alone; but for what served meanwhile, as a way back may lead to it. */
async function made(book: DeploymentBook, news: DeploymentNews, { commit }: { readonly commit: string }): Promise<Entry | undefined> {
  if ((news.state === 'inactive' && news.hasServed !== true) || news.deployment === undefined) return undefined;
  return book.make({ deployment: news.deployment, release: news.release, commit });
}

async function write(book: DeploymentBook, own: Entry, { state, description }: DeploymentNews, looksFirst: boolean): Promise<void> {
  if (looksFirst && (await book.stateOf(own)) === state) return;
  await book.write(own, state, description);
}

/** The release of a later deployment may have been told first. */
async function takeThePlace(
  book: DeploymentBook,
  entries: readonly Entry[],
  own: Entry,
  { release, replaces, looks }: DeploymentNews & { readonly looks: number },
): Promise<void> {
  const later = await firstActive(book, laterThan(entries, own.generation));
  if (later !== undefined) return book.write(own, 'inactive', `Replaced by release ${later.release}`);
  for (const earlier of earlierThan(entries, own, replaces, looks))
    if ((await book.stateOf(earlier)) === 'success') await book.write(earlier, 'inactive', `Replaced by release ${release}`);
}

/** Nothing, where a later deployment than the one that was left serves: it may be of the same release. */
async function giveBack(
  book: DeploymentBook,
  entries: readonly Entry[],
  own: Entry | undefined,
  { release, deployment, returnsTo }: DeploymentNews & { readonly returnsTo: number },
): Promise<void> {
  const left = deployment === undefined ? (own?.generation ?? Number.POSITIVE_INFINITY) : generationOf(deployment);
  if ((await firstActive(book, laterThan(entries, left))) !== undefined) return;
  const back = entries.find((entry) => entry.release === returnsTo && entry.generation < left);
  if (back === undefined) return;
  if ((await book.stateOf(back)) !== 'success') await book.write(back, 'success', `Serves again, as release ${release} was rolled back`);
  for (const other of entries.filter((entry) => entry !== back && entry !== own).slice(0, MANY))
    if ((await book.stateOf(other)) === 'success') await book.write(other, 'inactive', `Release ${returnsTo} serves again`);
}

async function firstActive(book: DeploymentBook, entries: readonly Entry[]): Promise<Entry | undefined> {
  for (const entry of entries) if ((await book.stateOf(entry)) === 'success') return entry;
  return undefined;
}

/** Of what came by a way back GitHub has no deployment: where that is left, the one of its release that is shown as active stood for it. */
async function ownOf(book: DeploymentBook, entries: readonly Entry[], news: DeploymentNews): Promise<Entry | undefined> {
  const { deployment, release, state, returnsTo } = news;
  const ofRelease = entries.filter((entry) => entry.release === release);
  if (deployment === undefined) return ofRelease[0];
  const own = ofRelease.find((entry) => entry.deployment === deployment);
  if (own !== undefined || state !== 'inactive' || returnsTo === undefined) return own;
  const until = generationOf(deployment);
  return firstActive(book, ofRelease.filter(({ generation }) => generation < until).slice(0, NEIGHBOURS));
}

/** Newest first. */
function laterThan(entries: readonly Entry[], than: number): readonly Entry[] {
  return entries.filter(({ generation }) => generation > than).slice(0, NEIGHBOURS);
}

/** Also what served before, where a way back had led to it from far. */
function earlierThan(entries: readonly Entry[], own: Entry, replaces: number | undefined, looks: number): readonly Entry[] {
  const earlier = entries.filter(({ generation }) => generation < own.generation);
  const replaced = earlier.filter(({ release }) => release === replaces);
  return [...new Set([...earlier.slice(0, looks), ...replaced.slice(0, NEIGHBOURS)])];
}
