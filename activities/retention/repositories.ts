import { ruleFor } from '../../domain/retention-rules.ts';
import type { RetentionParts } from './ports.ts';

/**
 * The repositories that rules are for: of all that releases, environments and holds have images in, and those that a rule names in full. A
 * registry's own list is not asked for, as most have none.
 */
export async function repositoriesWithRules(parts: RetentionParts): Promise<readonly string[]> {
  const { rules, holds, places } = await parts.settings();
  const { statuses } = await parts.deployed.read(places);
  const releases = await parts.ledger.registeredReleases();
  const good = statuses.flatMap(({ current, history }) => [...(current === null ? [] : [current]), ...history]);
  const known = [
    ...releases.flatMap((release) => release.images.map((image) => image.repository)),
    ...good.flatMap(({ release }) => release.components.map((component) => component.image.repository)),
    ...holds.map((hold) => hold.repository),
    ...rules.map((rule) => rule.match).filter((match) => !match.includes('*')),
  ];
  return [...new Set(known)].filter((repository) => ruleFor(rules, repository) !== undefined).sort((a, b) => (a < b ? -1 : 1));
}
