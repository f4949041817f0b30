import { join } from 'node:path';
import type { CommitAuthors } from '../activities/gates.ts';
import { SourceNotConfigured } from '../activities/images/errors.ts';
import type { SourceArchive } from '../activities/images.ts';
import { createGitHubSources } from '../adapters/github/source/github-sources.ts';
import type { SecretResolver } from '../adapters/secrets/resolve.ts';
import { createGitSources } from '../adapters/source/git-archive.ts';
import { isLocalSource } from '../config/git-source.ts';
import type { Installation } from '../config/installation.ts';
import { IMAGE_LABELS, type ImageLabels } from '../domain/image-labels.ts';
import type { ProcessSettings } from './connect-adapters.ts';
import { gitHubClient, gitHubRepositories } from './connect-github.ts';

type Source = SourceArchive & CommitAuthors;

/** The applications' repositories: by git, mirrored in the data folder, or through GitHub's API, where nothing is kept. */
export function connectSources(installation: Installation, secrets: SecretResolver, { variables }: ProcessSettings): Source {
  const mirrored = new Map(installation.applications.flatMap(({ name, source }) => ('git' in source ? [[name, source.git]] : [])));
  const asked = new Map(installation.applications.flatMap(({ name, source }) => ('github' in source ? [[name, source.github]] : [])));
  const directory = join(installation.data, 'sources');
  const git = createGitSources({ repositories: Object.fromEntries(mirrored), directory, environment: variables });
  const github = sourcesAtGitHub(installation, Object.fromEntries(asked), secrets);
  const of = (application: string): Source => {
    const source = asked.has(application) ? github : mirrored.has(application) ? git : undefined;
    if (source === undefined) throw new SourceNotConfigured(application);
    return source;
  };
  return {
    resolve: async (application, ref, options) => of(application).resolve(application, ref, options),
    leadsTo: async (application, commit, refs, options) => of(application).leadsTo(application, commit, refs, options),
    archive: async (application, commit, options) => of(application).archive(application, commit, options),
    file: async (application, commit, path, options) => of(application).file(application, commit, path, options),
    exists: async (application, commit, path, options) => of(application).exists(application, commit, path, options),
    authors: async (application, commit, since, options) => of(application).authors(application, commit, since, options),
  };
}

/** The file lets no source be read through a GitHub that it does not name. */
function sourcesAtGitHub(
  { github }: Installation,
  repositories: Readonly<Record<string, string>>,
  secrets: SecretResolver,
): Source | undefined {
  if (github === undefined) return undefined;
  const { api, ca } = github;
  return createGitHubSources({ client: gitHubClient(github, secrets), apiUrl: api, ...(ca !== undefined && { ca }), repositories });
}

/** Every address of an application's repository that its images may name as their source: git's, and GitHub's. Nothing of a path on this machine. */
export function repositoryAddresses({ applications, github }: Installation, application: string): readonly string[] {
  const found = applications.find(({ name }) => name === application);
  if (found === undefined) return [];
  const api = new URL(github?.api ?? 'https://api.github.com');
  const atGitHub = gitHubRepositories(found).map(
    ({ owner, repo }) => `${api.protocol}//${api.host.replace(/^api\./, '')}/${owner}/${repo}`,
  );
  const { source } = found;
  if ('github' in source) return [...atGitHub].sort((one) => (one.endsWith(`/${source.github}`) ? -1 : 1));
  return isLocalSource(source.git) ? atGitHub : [source.git, ...atGitHub];
}

/** Labels of every image that is built of an application. */
export function sourceLabels(installation: Installation): (request: { readonly application: string }) => ImageLabels {
  return ({ application }) => {
    const [address] = repositoryAddresses(installation, application);
    return address === undefined ? {} : { [IMAGE_LABELS.source]: address };
  };
}
