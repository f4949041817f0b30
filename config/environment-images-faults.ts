import { type EnvironmentImages, fillIn, placeholdersIn } from '../domain/environment-images.ts';
import type { Finding, Path } from './document.ts';
import type { InstallationDocument } from './installation-schema.ts';
import { suggest } from './suggest.ts';

type Environment = InstallationDocument['environments'][number];

/** What is wrong with where an environment's hosts pull from, in this installation. */
export function imagesFindings({ images, name }: Environment, path: Path, document: InstallationDocument): Finding[] {
  if (images === undefined) return [];
  const applications = document.applications.map((application) => application.name);
  return [
    ...registryFindings(images, path, document),
    ...collisions('component', images, path),
    ...(applications.length > 1 ? collisions('application', images, path) : []),
    ...images.tags.flatMap((tag, index) => lengthFindings(tag, [...path, 'tags', index], name, applications)),
  ];
}

function registryFindings({ repository }: EnvironmentImages, path: Path, { registries }: InstallationDocument): Finding[] {
  const [address = ''] = repository.split('/');
  const known = registries.map((registry) => registry.address);
  if (known.includes(address)) return [];
  const near = suggest(address, known);
  const hint = near === undefined ? `there are ${known.join(', ')}` : `did you mean ${near}?`;
  return [{ path: [...path, 'repository'], message: `no registry has the address ${address}`, hint }];
}

/** Images may share a repository, as their digests tell them apart. Tags that both are given would be taken from one by the other. */
function collisions(name: 'component' | 'application', { repository, tags }: EnvironmentImages, path: Path): Finding[] {
  const has = (text: string) => placeholdersIn(text).includes(name);
  if (has(repository) || tags.every(has)) return [];
  const message = `{${name}} is missing: the tags of several ${name}s would be taken from one another`;
  return [{ path: [...path, 'repository'], message, hint: `put {${name}} into the repository, or into every tag` }];
}

/** Names have at most 40 characters, and release numbers nine digits. */
const LONGEST = { component: 'x'.repeat(40), release: 999_999_999 };
const LONGEST_TAG = 128;

function lengthFindings(tag: string, path: Path, environment: string, applications: readonly string[]): Finding[] {
  const application = applications.reduce((longest, name) => (name.length > longest.length ? name : longest), '');
  const { length } = fillIn(tag, { ...LONGEST, environment, application });
  if (length <= LONGEST_TAG) return [];
  return [{ path, message: `could be ${length} characters long, more than the ${LONGEST_TAG} of a tag`, hint: 'leave a placeholder out' }];
}
