import { describe, expect, it } from '@jest/globals';
import { type Directory, findPerson, OWNER_OF_ALL } from '../../../domain/people/directory.ts';

const DIRECTORY: Directory = {
  groups: [
    { name: 'ops', people: ['ana'], claims: [] },
    { name: 'release', people: [], claims: ['gh-release', 'gh-leads'] },
  ],
  roles: [
    { role: 'viewer', people: ['ana', 'bo'], groups: [] },
    { role: 'developer', people: [], groups: ['ops', 'other'], applications: ['shop', 'bank'], environments: ['staging', 'production'] },
    { role: 'owner', people: ['cy'], groups: ['release'], environments: ['staging'] },
  ],
};

describe('a person', () => {
  it('is in the groups that name them, and in those that a claim of their sign-in makes them a member of', () => {
    expect(findPerson(DIRECTORY, 'ana').groups).toEqual(['ops']);
    expect(findPerson(DIRECTORY, 'ana', ['gh-leads', 'gh-other']).groups).toEqual(['ops', 'release']);
    expect(findPerson(DIRECTORY, 'bo', ['gh-other']).groups).toEqual([]);
  });

  it('has their own roles and those of their groups, each place by itself', () => {
    const place = (application: string, environment: string) => ({ role: 'developer', application, environment });
    expect(findPerson(DIRECTORY, 'ana')).toStrictEqual({
      name: 'ana',
      groups: ['ops'],
      roles: [
        { role: 'viewer' },
        place('shop', 'staging'),
        place('shop', 'production'),
        place('bank', 'staging'),
        place('bank', 'production'),
      ],
    });
    expect(findPerson(DIRECTORY, 'bo', ['gh-release']).roles).toStrictEqual([
      { role: 'viewer' },
      { role: 'owner', environment: 'staging' },
    ]);
  });

  it('has none where no rule names them', () => {
    expect(findPerson(DIRECTORY, 'eve').roles).toEqual([]);
  });

  it('is an owner where the installation says nothing of roles', () => {
    expect(findPerson({ groups: [], roles: [] }, 'eve').roles).toEqual([{ role: 'owner' }]);
    expect(OWNER_OF_ALL).toEqual([{ role: 'owner' }]);
  });
});
