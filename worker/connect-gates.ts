import type { CommitAuthors, GateSources } from '../activities/gates.ts';
import type { StandingReader } from '../activities/standing.ts';
import { askPrometheus } from '../adapters/metrics/prometheus.ts';
import { personOfAuthor } from '../config/authors.ts';
import type { Installation } from '../config/installation.ts';
import { zoneOffset } from '../config/time-zone.ts';
import type { ReleaseEngine } from '../temporal/engine.ts';

const READ_MS = 30_000;

interface GateParts {
  readonly engine: Pick<ReleaseEngine, 'environmentStatus'>;
  readonly decisions: StandingReader;
  readonly source: CommitAuthors;
}

/** Where gates learn about the world. */
export function connectGates(installation: Installation, { engine, decisions, source }: GateParts): GateSources {
  return {
    standing: (application, environment) => decisions.standing(application, environment),
    authors: async (application, commit, since) => {
      const authors = await source.authors(application, commit, since, { signal: AbortSignal.timeout(READ_MS) });
      return authors.flatMap((author) => personOfAuthor(author, installation));
    },
    environment: (application, environment) => engine.environmentStatus(application, environment),
    measure: ({ url, query }) => askPrometheus(url, query),
    zone: zoneOffset,
    now: Date.now,
  };
}
