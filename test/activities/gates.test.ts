import { describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createGateActivities, type GateSources } from '../../activities/gates.ts';
import { evaluateGates } from '../../domain/gates/evaluate.ts';
import type { OwnedRules } from '../../domain/gates/rules.ts';
import { NOTHING_STANDS } from '../../domain/standing.ts';
import { digestNumber, good } from '../domain/arbitraries.ts';
import { question, rule, SINCE, vote } from '../domain/gates/questions.ts';
import { emptyEnvironment } from '../support/fake-release-engine.ts';

const RULES: OwnedRules = {
  origin: 'environment',
  approvals: [rule({ excludeAuthors: true })],
  soaks: [{ environment: 'staging', forMs: 0, mayBeReplaced: true }],
  windows: [{ name: 'always', kind: 'allow', starts: '2020-01-01T00:00:00', zone: 'UTC', length: { days: 10_000 } }],
  metrics: [{ name: 'errors', source: { kind: 'prometheus', url: 'http://p', query: 'errors' }, atMost: 1, freshMs: 60_000 }],
  applications: [{ application: 'api', environment: 'production' }],
  trust: 'signed',
};

const IMAGES = [{ component: 'web', digest: digestNumber(2), repositories: ['registry.test/web'] }];

/** A world by which every gate of these rules is open. */
const WELL: GateSources = {
  standing: async () => NOTHING_STANDS,
  authors: async () => ['dev'],
  environment: async (application, environment) => ({ ...emptyEnvironment(application, environment), current: good(2) }),
  measure: async () => 0,
  trusts: async (policy, subjects) => ({ trusted: subjects.length === 1, reason: `by ${policy}`, revision: 'r1' }),
  zone: () => () => 0,
  now: () => SINCE,
};

const down = (what: string) => () => {
  throw new Error(`${what} is down`);
};

/** The verdict by what was read, and the reasons of the gates that are closed. */
async function judge(sources: Partial<GateSources>, commit: string | undefined = 'abc') {
  const { readGateFacts } = createGateActivities({ ...WELL, ...sources });
  const named = commit === '' ? {} : { commit };
  const facts = await readGateFacts({ application: 'shop', environment: 'production', rules: [RULES], images: IMAGES, ...named });
  // What was read crosses to the workflow as JSON.
  const asked = question({}, { rules: [RULES], votes: [vote('ana')], facts: JSON.parse(JSON.stringify(facts)), ...named });
  const { kind, gates } = evaluateGates(asked, SINCE);
  return [kind, ...gates.filter(({ open }) => !open).map(({ reason }) => reason)];
}

describe('gates', () => {
  it('open by what was read', async () => {
    expect(await judge({})).toEqual(['open']);
  });

  it.each<readonly [string, Partial<GateSources>, readonly string[]]>([
    [
      'the decisions that stand',
      { standing: down('the ledger') },
      ['It is not known whether a freeze, a block or a hold stands: the ledger is down'],
    ],
    [
      'authors',
      { authors: down('git') },
      ['Waiting for 1 of 1 approval; no vote counts while it is not known who wrote the release: git is down'],
    ],
    [
      'environments',
      { environment: down('Temporal') },
      [
        'Waiting for 1 of 1 approval; no vote counts while it is not known who wrote the release: Temporal is down',
        'What staging runs is not known: Temporal is down',
        'Needs a release of api in production, and it is not known what runs there: Temporal is down',
      ],
    ],
    ['figures', { measure: down('Prometheus') }, ['errors is not known: Prometheus is down']],
    ['time zones', { zone: down('the table') }, ['Window always is not known: the table is down']],
    ['what is attached to images', { trusts: down('the registry') }, ['Whether the images meet signed is not known: the registry is down']],
    ['figures, where the source throws no error', { measure: () => Promise.reject('no') }, ['errors is not known: no']],
  ])('are closed, each for itself and with the reason, where nobody can read %s', async (_, sources, reasons) => {
    expect(await judge(sources)).toEqual(['closed', ...reasons]);
  });

  it('count no vote where authors may not vote and a release names no commit', async () => {
    expect(await judge({}, '')).toEqual([
      'closed',
      'Waiting for 1 of 1 approval; no vote counts while it is not known who wrote the release: it was made of images alone, and names no commit',
    ]);
  });

  it('ask for the authors since what the environment runs, and for all of them where that names no commit', async () => {
    const asked: unknown[] = [];
    const authors: GateSources['authors'] = async (...given) => {
      asked.push(given);
      return [];
    };
    const release = { ...good(1).release, commit: 'before' };
    await judge({ authors, environment: async (...place) => ({ ...emptyEnvironment(...place), current: { ...good(1), release } }) });
    await judge({ authors });
    await judge({ authors, environment: async (...place) => emptyEnvironment(...place) });
    expect(asked).toEqual([
      ['shop', 'abc', 'before'],
      ['shop', 'abc', undefined],
      ['shop', 'abc', undefined],
    ]);
  });
});

it('reading what is attached to images ends when nobody waits any more', async () => {
  const mock = new MockActivityEnvironment();
  const trusts: GateSources['trusts'] = (_, __, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('given up')));
      mock.cancel();
    });
  const { readTrust } = createGateActivities({ ...WELL, trusts });
  expect(await mock.run(readTrust, { policies: ['signed'], images: IMAGES })).toEqual({ signed: { kind: 'unknown', reason: 'given up' } });
});
