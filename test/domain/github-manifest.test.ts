import { describe, expect, it } from '@jest/globals';
import { appManifest } from '../../domain/github-manifest.ts';
import { PERMISSIONS } from '../../domain/github-permissions.ts';

const of = { name: 'tidegate-harbour', redirectUrl: 'http://127.0.0.1:1/made', serverUrl: 'https://tidegate.test' };

describe('the manifest of an installation’s own App', () => {
  it('asks for what Tidegate needs and for nothing more, and is nobody else’s', () => {
    const { default_permissions: permissions, ...rest } = appManifest(of);
    expect(rest).toEqual({
      name: 'tidegate-harbour',
      url: 'https://tidegate.test',
      redirect_url: 'http://127.0.0.1:1/made',
      public: false,
      hook_attributes: { url: 'https://tidegate.test/webhooks/github', active: true },
      default_events: [
        'check_run',
        'check_suite',
        'create',
        'deployment',
        'deployment_protection_rule',
        'issue_comment',
        'pull_request',
        'push',
        'registry_package',
        'release',
        'repository_dispatch',
        'workflow_run',
      ],
    });
    const needed = PERMISSIONS.map(({ key, access }) => [key, access]);
    expect(permissions).toEqual(Object.fromEntries([...needed, ['packages', 'read']]));
  });

  it('hears no webhooks where GitHub reaches no server, and still has an address', () => {
    const silent = appManifest({ ...of, serverUrl: undefined });
    expect(new Set(Object.keys(silent))).toEqual(new Set(['default_permissions', 'name', 'public', 'redirect_url', 'url']));
    expect(silent.url).toBe('https://github.com');
  });

  it('has a name of no more characters than GitHub takes', () => {
    expect(appManifest({ ...of, name: 'x'.repeat(40) }).name).toBe('x'.repeat(34));
  });
});
