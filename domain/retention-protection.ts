import { isAdopted } from './deployment.ts';
import type { Digest } from './digest.ts';
import type { EnvironmentStatus } from './environment-status.ts';
import type { GoodRelease } from './good-release.ts';
import type { PinnedImage } from './image.ts';

/** A release as the ledger has it, with every image that it was created with or built. */
export interface RegisteredRelease {
  readonly application: string;
  readonly number: number;
  readonly commit?: string;
  readonly createdAt: string;
  readonly images: readonly PinnedImage[];
}

export interface ReleaseName {
  readonly application: string;
  readonly number: number;
}

export interface Place {
  readonly application: string;
  readonly environment: string;
}

/** What a person set aside in the installation file. */
export type Hold =
  | { readonly kind: 'digest'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'tag'; readonly repository: string; readonly tag: string };

type AtPlace = Place & { readonly release: number };

/** Why an image must stay, whatever the rules say. */
export type ProtectionReason =
  | ({ readonly kind: 'deployed' } & AtPlace)
  | ({ readonly kind: 'rollback-reach' } & AtPlace)
  | ({ readonly kind: 'deploying' } & AtPlace)
  | ({ readonly kind: 'queued' } & AtPlace)
  /** A host was left out of the last deployment, and runs an earlier release. */
  | ({ readonly kind: 'left-behind'; readonly host: string } & AtPlace)
  /** The last deployment did not succeed, and hosts may still have what it brought. */
  | ({ readonly kind: 'last-attempt' } & AtPlace)
  | { readonly kind: 'under-way'; readonly application: string; readonly release: number }
  | { readonly kind: 'held' }
  | { readonly kind: 'router' };

/** What must stay. An image is protected by its digest in every repository: it is the same image wherever it was promoted to. */
export interface Protection {
  readonly images: ReadonlyMap<Digest, readonly ProtectionReason[]>;
  readonly tags: readonly Extract<Hold, { kind: 'tag' }>[];
  /** Commits that may be built at this moment, under tags that begin with them. */
  readonly commits: readonly (ReleaseName & { readonly commit: string })[];
}

export interface ProtectionSources {
  /** Of every environment that the installation has or Temporal knows. */
  readonly statuses: readonly EnvironmentStatus[];
  /** The installation's own applications in its environments. */
  readonly places: readonly Place[];
  /** Where something was ever deployed with success, by the ledger. */
  readonly deployedBefore: readonly Place[];
  readonly underWay: readonly ReleaseName[];
  readonly releases: readonly RegisteredRelease[];
  readonly holds: readonly Hold[];
  readonly router: PinnedImage;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What must stay; or that it cannot be told, which means that all of it must. */
export type ProtectionAnswer =
  | { readonly kind: 'clear'; readonly protection: Protection }
  | { readonly kind: 'unclear'; readonly reason: string };

/** A release that was made so lately that Temporal may not list it yet. */
const JUST_MADE_MS = 3_600_000;

/** Puts together what must stay. Whatever contradicts itself makes the answer unclear. */
export function protectionFrom(sources: ProtectionSources): ProtectionAnswer {
  const unclear = forgottenPlace(sources) ?? unknownRelease(sources);
  if (unclear !== undefined) return { kind: 'unclear', reason: unclear };
  const reasons = [
    ...sources.statuses.flatMap((status) => reasonsAt(status, sources)),
    ...underWay(sources).flatMap((release) => imagesOf(release, { kind: 'under-way', ...nameOf(release) })),
    ...sources.holds.flatMap((hold): Protected[] => (hold.kind === 'digest' ? [[hold.digest, { kind: 'held' }]] : [])),
    [sources.router.digest, { kind: 'router' }] satisfies Protected,
  ];
  const images = new Map<Digest, ProtectionReason[]>();
  for (const [digest, reason] of reasons) images.set(digest, [...(images.get(digest) ?? []), reason]);
  const commits = underWay(sources).flatMap(({ application, number, commit }) =>
    commit === undefined ? [] : [{ application, number, commit }],
  );
  return { kind: 'clear', protection: { images, tags: sources.holds.filter((hold) => hold.kind === 'tag'), commits } };
}

type Protected = [Digest, ProtectionReason];

/** An environment never forgets by itself: where the ledger knows better, Temporal has lost what it knew. */
function forgottenPlace({ statuses, places, deployedBefore }: ProtectionSources): string | undefined {
  const knows = (place: Place) => statuses.some((status) => isAt(status, place) && status.current !== null);
  const forgotten = deployedBefore.find((place) => places.some((own) => isAt(own, place)) && !knows(place));
  if (forgotten === undefined) return undefined;
  return `The ledger has a deployment of ${forgotten.application} to ${forgotten.environment}, and Temporal knows of none: what runs there cannot be told. Deploy there again, or take the environment out of tidegate.yaml`;
}

function unknownRelease(sources: ProtectionSources): string | undefined {
  const wanted = [
    ...sources.underWay,
    ...sources.statuses.flatMap((status) =>
      [...(status.running === null ? [] : [status.running]), ...status.queue, ...failedAttempts(status), ...leftBehind(status)].map(
        ({ release }) => ({
          application: status.application,
          number: release,
        }),
      ),
    ),
  ];
  const unknown = wanted.find((name) => find(sources, name) === undefined);
  if (unknown === undefined) return undefined;
  return `Release ${unknown.number} of ${unknown.application} is under way, runs on a host or was tried last, and the ledger does not have it: what it consists of cannot be told`;
}

function reasonsAt(status: EnvironmentStatus, sources: ProtectionSources): Protected[] {
  const { application, environment, current, history, running, queue } = status;
  const at = (release: number): AtPlace => ({ application, environment, release });
  const registered = (number: number) => find(sources, { application, number });
  return [
    ...(current === null ? [] : goodImages(current, { kind: 'deployed', ...at(current.release.number) })),
    ...history.flatMap((good) => goodImages(good, { kind: 'rollback-reach', ...at(good.release.number) })),
    ...(running === null ? [] : imagesOf(registered(running.release), { kind: 'deploying', ...at(running.release) })),
    ...queue.flatMap(({ release }) => imagesOf(registered(release), { kind: 'queued', ...at(release) })),
    ...leftBehind(status).flatMap(({ host, release }) => imagesOf(registered(release), { kind: 'left-behind', host, ...at(release) })),
    ...failedAttempts(status).flatMap(({ release }) => imagesOf(registered(release), { kind: 'last-attempt', ...at(release) })),
  ];
}

function failedAttempts({ last }: EnvironmentStatus): { readonly release: number }[] {
  return last === null || isAdopted(last.outcome) ? [] : [last];
}

function leftBehind({ behind }: EnvironmentStatus): { readonly host: string; readonly release: number }[] {
  return behind.flatMap(({ host, runs }) => (runs === null ? [] : [{ host, release: runs }]));
}

function goodImages({ release }: GoodRelease, reason: ProtectionReason): Protected[] {
  return release.components.map(({ image }) => [image.digest, reason]);
}

function imagesOf(release: RegisteredRelease | undefined, reason: ProtectionReason): Protected[] {
  return (release?.images ?? []).map(({ digest }) => [digest, reason]);
}

function underWay({ underWay: listed, releases, now }: ProtectionSources): RegisteredRelease[] {
  const isListed = (release: RegisteredRelease) => listed.some((name) => isSame(name, release));
  return releases.filter((release) => isListed(release) || !(now - Date.parse(release.createdAt) > JUST_MADE_MS));
}

function find({ releases }: ProtectionSources, name: ReleaseName): RegisteredRelease | undefined {
  return releases.find((release) => isSame(release, name));
}

function nameOf({ application, number }: RegisteredRelease) {
  return { application, release: number };
}

function isSame(a: ReleaseName, b: ReleaseName): boolean {
  return a.application === b.application && a.number === b.number;
}

function isAt(a: Place, b: Place): boolean {
  return a.application === b.application && a.environment === b.environment;
}
