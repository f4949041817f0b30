import { describe, expect, it } from '@jest/globals';
import { eventsFor, unsent } from '../../domain/github-events.ts';

const namesOf = (needed: ReturnType<typeof eventsFor>) => needed.map(({ names }) => names.join(' or '));

describe('the events that GitHub has to send', () => {
  it('are those of the triggers, each once, and none for what registries tell', () => {
    expect(namesOf(eventsFor([{ on: 'push' }, { on: 'push' }, { on: 'image' }, { on: 'package' }], false))).toEqual([
      'push',
      'registry_package or package',
    ]);
    expect(eventsFor([{ on: 'release' }], false)).toEqual([{ names: ['release'], purpose: 'for triggers on release' }]);
    expect(eventsFor([], false)).toEqual([]);
  });

  it('have that of jobs where some wait for gates', () => {
    expect(eventsFor([], true)).toEqual([{ names: ['deployment_protection_rule'], purpose: 'for jobs that wait for gates' }]);
  });

  it('are missing where none of their names is sent', () => {
    const needed = eventsFor([{ on: 'push' }, { on: 'package' }], true);
    expect(namesOf(unsent(needed, ['push', 'package']))).toEqual(['deployment_protection_rule']);
    expect(unsent(needed, ['registry_package', 'deployment_protection_rule', 'push'])).toEqual([]);
    expect(unsent(needed, [])).toEqual(needed);
  });
});
