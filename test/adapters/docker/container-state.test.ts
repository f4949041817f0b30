import { expect, it } from '@jest/globals';
import type { ContainerInfo } from 'dockerode';
import { observedContainer } from '../../../adapters/docker/container-state.ts';
import { LABEL } from '../../../domain/labels.ts';

const DIGEST = `sha256:${'1'.repeat(64)}`;
const Labels = {
  [LABEL.component]: 'web',
  [LABEL.release]: '1',
  [LABEL.deployment]: 'deployment/shop/production/1',
  [LABEL.generation]: '1',
  [LABEL.replica]: '1',
  [LABEL.digest]: DIGEST,
  [LABEL.spec]: 'spec',
};

it.each([
  ['running', true],
  // Its engine starts it again and again: whoever stops what runs must stop it too.
  ['restarting', true],
  ['exited', false],
  ['created', false],
  ['dead', false],
])('a container that is %s counts as one that runs: %s', (State, running) => {
  const listed = { Id: '1', Names: ['/web.g1.1'], Image: `r/web@${DIGEST}`, State, Labels } as unknown as ContainerInfo;
  expect(observedContainer('one', listed)).toMatchObject({ name: 'web.g1.1', running });
});
