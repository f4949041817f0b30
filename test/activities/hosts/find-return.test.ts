import { expect, it } from '@jest/globals';
import { printImage } from '../../../domain/image.ts';
import { FakeHost } from '../../support/fake-host.ts';
import { activitiesOn, component, deploymentOf, PUBLISH, releaseOf } from './deployments.ts';

const web = (version: string) => component('web', version, { publish: PUBLISH });
const worker = (version: string) => component('worker', version);
const first = deploymentOf(releaseOf(1, [web('1'), worker('1')]), null);
const second = deploymentOf(releaseOf(2, [web('2'), worker('2')]), first);

it('says what is left of an earlier release: its containers, its image, or nothing', async () => {
  const fake = new FakeHost();
  for (const deployment of [first, second]) {
    await activitiesOn(fake).prepare(deployment);
    await activitiesOn(fake).switch(deployment);
  }
  const found = async () => (await activitiesOn(fake).planReturn(first.release)).effects.map((effect) => [effect.component, effect.found]);
  // What is not behind the router is never taken back.
  expect(await found()).toEqual([
    ['web', 'running'],
    ['worker', 'image'],
  ]);
  await activitiesOn(fake).retire(2, 1);
  expect((await found())[0]).toEqual(['web', 'stopped']);
  fake.containers.delete('tidegate-shop.production.web.g1.1');
  expect((await found())[0]).toEqual(['web', 'image']);
  fake.images.delete(printImage(web('1').image));
  expect((await found())[0]).toEqual(['web', 'nothing']);
  const calls = fake.calls.length;
  await found();
  expect(fake.calls.slice(calls).filter((call) => /^(start|stop|ensure|remove|router)/.test(call))).toEqual([]);
});

it('is silent about that where no return is planned', async () => {
  const fake = new FakeHost();
  await activitiesOn(fake).prepare(first);
  await activitiesOn(fake).switch(first);
  expect((await activitiesOn(fake).plan(second.release)).effects.every((effect) => !('found' in effect))).toBe(true);
});
