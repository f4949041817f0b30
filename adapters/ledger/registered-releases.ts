import { type PinnedImage, parsePinnedImage } from '../../domain/image.ts';
import type { ReleaseRecord } from '../../domain/release.ts';
import type { RegisteredRelease } from '../../domain/retention-protection.ts';
import type { Row } from './database.ts';
import { readPass, readRelease } from './rows.ts';

/** Releases with all their images: those that they were created with, and those that passed a stage. */
export function registeredReleases(releases: readonly Row[], passes: readonly Row[]): readonly RegisteredRelease[] {
  const passed = new Map<string, PinnedImage[]>();
  for (const row of passes) {
    const name = nameOf(String(row.application), Number(row.number));
    passed.set(name, [...(passed.get(name) ?? []), ...Object.values(readPass(row).images).map(parsePinnedImage)]);
  }
  return releases.map(readRelease).map((record) => withImages(record, passed.get(nameOf(record.application, record.number)) ?? []));
}

function withImages({ application, number, commit, createdAt, images }: ReleaseRecord, passed: readonly PinnedImage[]): RegisteredRelease {
  const all = [...Object.values(images), ...passed];
  const once = [...new Map(all.map((image) => [`${image.repository}@${image.digest}`, image])).values()];
  return { application, number, ...(commit !== undefined && { commit }), createdAt, images: once };
}

function nameOf(application: string, number: number): string {
  return `${application}/${number}`;
}
