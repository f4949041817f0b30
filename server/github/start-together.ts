import { isPersonName } from '../../domain/people/person-name.ts';
import { type Mover, withStarter } from '../../domain/reach.ts';
import type { ReleaseRecord } from '../../domain/release.ts';
import { type ReleaseWish, registerRelease } from '../create-release.ts';
import type { Starter } from './initiator.ts';
import type { GitHubParts } from './parts.ts';

/**
 * Makes and starts a release that one or several set off. Who set off what was there already is written down, and a starter too from then on. Whom only a delivery
 * names is excluded all the same, and limits only what is begun with them: what somebody else's right brings on its way goes on. Accounts that are nobody's here
 * can vote nowhere and limit nothing: the ledger alone knows them, as anybody who signs deliveries can make up any number. Throws what registerRelease throws.
 */
export async function startTogether(
  { server }: Pick<GitHubParts, 'server'>,
  wish: ReleaseWish,
  starters: readonly [Starter, ...Starter[]],
): Promise<{ readonly record: ReleaseRecord; readonly created: boolean }> {
  const registered = await registerRelease(server, wish, starters[0], undefined);
  const { record } = registered;
  for (const { mover, known, isProved } of starters)
    if (mover.person !== record.initiator) await server.register.addStarter(record, mover.person, { known, isProved });
  const movers = starters.reduce<readonly Mover[]>((all, { mover }) => withStarter(all, mover), []);
  // It reads in the ledger who it is to exclude, and is told whether it begins now or has begun.
  if (await server.engine.start(record, movers)) return registered;
  for (const mover of movers.map(asTold)) if (isNews(mover, record)) await server.engine.startedToo(record, mover);
  return registered;
}

function asTold({ person, environments, isUnproved }: Mover): Mover {
  return environments === undefined || isUnproved === true ? { person } : { person, environments };
}

function isNews({ person, environments }: Mover, { initiator }: ReleaseRecord): boolean {
  if (environments === undefined && !isPersonName(person)) return false;
  return person !== initiator || environments !== undefined;
}
