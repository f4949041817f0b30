import type { LedgerAction } from '../../domain/ledger.ts';
import { type Place, type Protection, protectionFrom, type RegisteredRelease } from '../../domain/retention-protection.ts';
import type { RetentionRule } from '../../domain/retention-rules.ts';
import { ProtectionUnclear, ProtectionUnreadable } from './errors.ts';
import type { RetentionParts } from './ports.ts';

/** What the engine, the ledger and the installation file say at one moment. */
export interface Known {
  readonly protection: Protection;
  readonly releases: readonly RegisteredRelease[];
  readonly rules: readonly RetentionRule[];
}

/** After these an environment runs something. */
const ADOPTED: readonly LedgerAction[] = ['deployment-succeeded', 'deployment-incomplete'];

/** What the keys of a deployment's records begin with. */
const DEPLOYMENTS = 'deployment/';

/** Where something was ever deployed with success, by the ledger: that does not grow less. */
export async function placesDeployedTo({ ledger }: RetentionParts): Promise<readonly Place[]> {
  const succeeded = (await ledger.entriesUnder(DEPLOYMENTS)).flatMap(({ action, application, environment }) =>
    ADOPTED.includes(action) && application !== undefined && environment !== undefined ? [{ application, environment }] : [],
  );
  return [...new Map(succeeded.map((place) => [`${place.application}/${place.environment}`, place])).values()];
}

/** Reads what must stay. Throws ProtectionUnreadable, ProtectionUnclear and the ledger's errors: then nothing may be deleted. */
export async function readProtection(parts: RetentionParts, deployedBefore: readonly Place[]): Promise<Known> {
  const { rules, holds, router, places } = await clearly('the installation file cannot be read', parts.settings());
  const { statuses, underWay } = await clearly('the engine does not say what is deployed', parts.deployed.read(places));
  // After the engine: a release is in the ledger before its workflow starts.
  const releases = await parts.ledger.registeredReleases();
  const answer = protectionFrom({ statuses, underWay, places, deployedBefore, releases, holds, router, now: parts.now() });
  if (answer.kind === 'unclear') throw new ProtectionUnclear(answer.reason);
  return { protection: answer.protection, releases, rules };
}

async function clearly<Answer>(trouble: string, answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw new ProtectionUnreadable(`${trouble} (${error instanceof Error ? error.message : String(error)})`, { cause: error });
  }
}
