import { describe, expect, it } from '@jest/globals';
import { BadOptions, HelpWanted, readOptions } from '../../demo/options.ts';

describe('the options of the demo', () => {
  it('runs, cleans up behind itself and tells its story to people, unless told otherwise', () => {
    expect(readOptions([], {})).toEqual({ action: 'run', keep: false, json: false, directory: '.tidegate/demo', variables: {} });
  });

  it.each([
    [['--stop'], 'stop'],
    [['--clean'], 'clean'],
  ])('takes %s for what it says', (args, action) => {
    expect(readOptions(args, {}).action).toBe(action);
  });

  it('takes the engine that set-up found and the Temporal that the user has', () => {
    const options = readOptions([], { TIDEGATE_DOCKER: 'unix:///var/run/docker.sock', TEMPORAL_ADDRESS: '127.0.0.1:7233' });
    expect(options).toMatchObject({ docker: 'unix:///var/run/docker.sock', temporalAddress: '127.0.0.1:7233' });
  });

  it("keeps another installation's server and token away from the demo's commands", () => {
    const { variables } = readOptions([], {
      TIDEGATE_URL: 'http://10.0.0.1:7420',
      TIDEGATE_TOKEN: 'theirs',
      PATH: '/bin',
      EMPTY: undefined,
    });
    expect(variables).toEqual({ PATH: '/bin' });
  });

  it('uses a local GitHub even where a token lies about, as long as no repository is named', () => {
    expect(readOptions([], { GITHUB_TOKEN: 'mine' }).github).toBeUndefined();
  });

  it('uses the real GitHub with a token and a repository, where GitHub says it is', () => {
    const { github } = readOptions(['--github-repository', 'acme/shop'], {
      GITHUB_TOKEN: 'mine',
      GITHUB_API_URL: 'https://ghe.example.com/api/v3',
    });
    expect(github).toMatchObject({ repository: 'acme/shop', api: 'https://ghe.example.com/api/v3', server: 'https://github.com' });
  });

  it.each([
    [['--github-repository', 'acme/shop'], 'GITHUB_TOKEN'],
    [['--github-repository', 'acme'], 'owner/name'],
    [['--github-repository'], 'argument missing'],
    [['--keep', '--clean'], 'exclude each other'],
    [['--kepe'], "Unknown option '--kepe'"],
    [['please'], 'please'],
  ])('refuses %j in words', (args, words) => {
    expect(() => readOptions(args, {})).toThrow(BadOptions);
    expect(() => readOptions(args, {})).toThrow(words);
  });

  it('gives help before it looks at anything else', () => {
    expect(() => readOptions(['--help', '--keep', '--clean'], {})).toThrow(HelpWanted);
  });
});
