import { z } from 'zod';
import { fillIn, placeholdersIn, REPOSITORY_PLACEHOLDERS, TAG_PLACEHOLDERS } from '../domain/environment-images.ts';
import { refuseRepositoryWithRegistry, refuseTag } from './addresses.ts';
import { distinct, type Refusal, text } from './scalars.ts';

/** What a placeholder is filled with to see whether the rest is good. */
const SAMPLE = { application: 'x', component: 'x', environment: 'x', release: 1 };

const repository = () =>
  text({
    expected: 'a repository with its registry',
    examples: ['registry.example.com/production/{application}/{component}'],
    refuse: (value) =>
      refusePlaceholders(value, REPOSITORY_PLACEHOLDERS) ??
      (value.split('/')[0]?.includes('{') ? IN_REGISTRY : refuseRepositoryWithRegistry(fillIn(value, SAMPLE))),
  });

const IN_REGISTRY: Refusal = {
  message: 'has a placeholder in its registry',
  hint: 'begin with the address of one of the registries, then placeholders',
};

const tag = () =>
  text({
    expected: 'a tag',
    examples: ['{environment}', 'release-{release}'],
    refuse: (value) => refusePlaceholders(value, TAG_PLACEHOLDERS) ?? refuseTag(fillIn(value, SAMPLE)),
  });

function refusePlaceholders(value: string, known: readonly string[]): Refusal | undefined {
  const other = placeholdersIn(value).find((name) => !known.includes(name));
  if (other === undefined) return undefined;
  const choice = known.map((name) => `{${name}}`).join(', ');
  const hint = other === 'release' ? 'one repository holds all releases of a component; put {release} into tags' : `there are ${choice}`;
  return { message: `{${other}} cannot be filled in here`, hint };
}

/** Where an environment's hosts pull from. */
export const environmentImages = () =>
  z.strictObject({
    repository: repository().describe("Where a release's images are promoted to before it is deployed; hosts pull from there"),
    tags: distinct(tag()).default([]).describe('Set there when the release is deployed'),
  });
