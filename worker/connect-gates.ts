import type { CommitAuthors, GateSources } from '../activities/gates.ts';
import type { StandingReader } from '../activities/standing.ts';
import { judgeRelease } from '../activities/trust/judge-release.ts';
import type { EvidenceSource, TrustParts } from '../activities/trust/ports.ts';
import { askPrometheus } from '../adapters/metrics/prometheus.ts';
import { createVerifier } from '../adapters/signatures/verify-signature.ts';
import { personOfAuthor } from '../config/authors.ts';
import { findTrustPolicy } from '../config/environment-policy.ts';
import type { Installation } from '../config/installation.ts';
import { loadInstallation } from '../config/installation-file.ts';
import { zoneOffset } from '../config/time-zone.ts';
import type { ReleaseEngine } from '../temporal/engine.ts';
import { repositoryAddresses } from './connect-sources.ts';

const READ_MS = 30_000;

interface GateParts {
  readonly engine: Pick<ReleaseEngine, 'environmentStatus'>;
  readonly decisions: StandingReader;
  readonly source: CommitAuthors;
  readonly evidence: EvidenceSource;
}

/** Where gates learn about the world. */
export function connectGates(installation: Installation, { engine, decisions, source, evidence }: GateParts): GateSources {
  const trust: TrustParts = {
    // Read again each time, as an environment's other rules are.
    policy: async (name) => findTrustPolicy(await loadInstallation(installation.file), name),
    addresses: async (application) => repositoryAddresses(await loadInstallation(installation.file), application),
    evidence,
    verify: createVerifier(),
    now: Date.now,
  };
  return {
    standing: (application, environment) => decisions.standing(application, environment),
    authors: async (application, commit, since) => {
      const authors = await source.authors(application, commit, since, { signal: AbortSignal.timeout(READ_MS) });
      return authors.flatMap((author) => personOfAuthor(author, installation));
    },
    environment: (application, environment) => engine.environmentStatus(application, environment),
    measure: ({ url, query }) => askPrometheus(url, query),
    trusts: (policy, subjects, options) => judgeRelease(trust, { policy, subjects, ...options }),
    zone: zoneOffset,
    now: Date.now,
  };
}
