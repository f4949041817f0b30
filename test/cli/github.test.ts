import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Context } from '../../cli/context.ts';
import { serviceChecks } from '../../cli/diagnosis/service-checks.ts';
import { check } from '../../cli/github/check.ts';
import { type SetupOptions, setup } from '../../cli/github/setup.ts';
import { styleFor } from '../../cli/rendering/styles.ts';
import { loadInstallation } from '../../config/installation-file.ts';
import type { LocalGitHub, LocalGitHubOptions } from '../../lab/github/local-github.ts';
import { APP, startGitHub, TOKEN } from '../adapters/github/connected.ts';
import { until } from '../support/temporal.ts';

let folder: string;
let github: LocalGitHub;
let printed: string[];
let stopping: AbortController;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-github-'));
  printed = [];
  stopping = new AbortController();
});
afterEach(async () => {
  await github.stop();
  await rm(folder, { recursive: true });
});

/** An installation of one application whose GitHub is the local one. */
async function given(
  options: Partial<LocalGitHubOptions>,
  proof: string,
  {
    server = 'https://tidegate.test',
    guards = '',
    triggers = '',
  }: { readonly server?: string; readonly guards?: string; readonly triggers?: string } = {},
): Promise<void> {
  github = await startGitHub(options);
  await writeFile(
    join(folder, 'tidegate.yaml'),
    `version: 1
installation: harbour
server: { url: '${server}' }
registries: [{ name: main, address: 'registry.test:5000' }]
router: { image: 'registry.test:5000/haproxy@sha256:${'a'.repeat(64)}' }
hosts: [{ name: one, docker: 'unix:///var/run/docker.sock' }]
applications: [{ name: shop, source: { git: ./shop }, github: { repository: acme/shop${guards} }${triggers} }]
environments: [{ name: production, hosts: [one] }]
github: { api: '${github.url}', ${proof} }
people: [{ name: rita, token: '\${env:RITA}' }]
`,
  );
}

function context(): Context {
  const line = (text = '') => void printed.push(text);
  const output = { line, write: line, drained: async () => true, style: styleFor(false), live: false, columns: undefined, rows: 24 };
  return {
    terminal: { out: output, err: output, ask: undefined },
    environment: { colour: 'never', variables: { GITHUB: TOKEN } } as unknown as Context['environment'],
    directory: folder,
    interrupted: stopping.signal,
    version: '1.0.0',
  };
}

describe('tidegate github check', () => {
  const scopes: readonly [string, readonly string[], readonly string[]][] = [
    ['everything', ['repo'], []],
    ['statuses alone', ['repo:status', 'read:repo_hook'], ['Deployments', 'Issues', 'Pull requests']],
    ['nothing', [''], ['Commit statuses', 'Deployments', 'Issues', 'Pull requests']],
  ];
  it.each(scopes)('tells of a classic token with the scopes for %s what is missing', async (_what, held, missing) => {
    await given({ scopes: held }, "token: '${env:GITHUB}'");

    expect(await check(context(), {})).toBe(missing.length === 0 ? 0 : 1);
    for (const name of missing) expect(printed.join('\n')).toContain(`${name}: write`);
    expect(printed.join('\n')).not.toContain('Checks');
  });

  it('tries what a fine-grained token may do, and writes nothing', async () => {
    const permissions = {
      metadata: 'read',
      contents: 'read',
      actions: 'read',
      statuses: 'write',
      deployments: 'read',
      issues: 'read',
    } as const;
    await given({ permissions }, "token: '${env:GITHUB}'");

    expect(await check(context(), { json: true })).toBe(1);
    const [found] = (JSON.parse(printed.join('\n')) as { repositories: [{ missing: { name: string }[]; untried: { name: string }[] }] })
      .repositories;
    expect(found).not.toHaveProperty('problem');
    expect(found.missing.map(({ name }) => name)).toEqual(['Deployments', 'Webhooks', 'Issues']);
    expect(found.untried.map(({ name }) => name)).toEqual(['Pull requests']);
    expect([...github.records('status', 'acme', 'shop'), ...github.records('deployment-status', 'acme', 'shop')]).toEqual([]);
  });

  it('tells which events an App is not sent that triggers and guards wait for', async () => {
    await given({ app: APP }, `app: { id: ${APP.id}, key: '\${file:app.pem}', webhookSecret: '\${env:HOOK}' }`, {
      guards: ', guards: [{ environment: production }]',
      triggers: ', triggers: [{ on: push }, { on: package }, { on: release }]',
    });
    await writeFile(join(folder, 'app.pem'), github.app().privateKey, { mode: 0o600 });
    github.app().permissions = { ...github.app().permissions, pull_requests: 'write' };
    github.app().events = ['push', 'registry_package'];
    expect(await check(context(), {})).toBe(1);
    expect(printed.join('\n')).toContain('2 missing');
    expect(printed.join('\n')).toMatch(/event release, for triggers on release\n.*event deployment_protection_rule, for jobs/);
    github.app().events = ['push', 'registry_package', 'release', 'deployment_protection_rule'];
    expect(await check(context(), {})).toBe(0);
  });

  it('says of a token that nobody knows what to do about it', async () => {
    await given({ repositories: [] }, "token: '${env:GITHUB}'");

    expect(await check(context(), {})).toBe(1);
    expect(printed.join('\n')).toContain('Check that acme/shop exists');
  });
});

/** As a browser asks that was led here by another name. */
async function statusAt(url: string, path: string, host: string): Promise<number | undefined> {
  const asked = request(`${url}${path}`, { headers: { host } }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer.statusCode;
}

describe('tidegate doctor', () => {
  const found = async () => {
    const all = serviceChecks(context(), await loadInstallation(join(folder, 'tidegate.yaml')));
    return all.find(({ name }) => name === 'GitHub')?.look(AbortSignal.timeout(60_000));
  };

  it('says where the App is suspended, may do too little or is not installed', async () => {
    await given({ app: APP }, `app: { id: ${APP.id}, key: '\${file:app.pem}' }`);
    await writeFile(join(folder, 'app.pem'), github.app().privateKey, { mode: 0o600 });
    github.app().permissions = { ...github.app().permissions, pull_requests: 'write' };
    expect(await found()).toMatchObject({ state: 'ok' });
    github.app().permissions = { ...github.app().permissions, checks: 'read' };
    expect(await found()).toMatchObject({ state: 'fail', detail: 'The App lacks Checks: write at acme/shop' });
    github.app().suspendedAt = '2026-03-02T09:30:00Z';
    expect(await found()).toMatchObject({ state: 'fail', detail: 'The installation of the App is suspended at acme/shop' });
  });
});

describe('tidegate doctor, of everybody who sends something', () => {
  it('misses each secret that is not there', async () => {
    await given(
      { app: APP },
      `app: { id: ${APP.id}, key: '\${file:app.pem}', webhookSecret: '\${file:app.secret}' }, webhooks: { secrets: ['\${file:hook.secret}'] }`,
    );
    await appendFile(join(folder, 'tidegate.yaml'), "webhooks: [{ name: hub, kind: generic, secrets: ['${file:hub.secret}'] }]\n");
    await writeFile(join(folder, 'app.secret'), 'sixteen-letters-and-more', { mode: 0o600 });
    const all = serviceChecks(context(), await loadInstallation(join(folder, 'tidegate.yaml')));
    const look = async (name: string) => all.find((check) => check.name === name)?.look(AbortSignal.timeout(10_000));
    expect(await look('webhook of the GitHub App')).toMatchObject({ state: 'ok' });
    await expect(look('webhooks of GitHub')).rejects.toThrow('${file:hook.secret}');
    await expect(look('webhook hub')).rejects.toThrow('${file:hub.secret}');
  });
});

describe('tidegate github setup', () => {
  async function begun(options: SetupOptions = {}) {
    const ended = setup(context(), options);
    const line = await until(
      async () => printed.find((text) => text.includes('http://127.0.0.1')) ?? '',
      (text) => text !== '',
      10_000,
    );
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';
    const page = await (await fetch(url)).text();
    const state = /state=([0-9a-f]+)/.exec(page)?.[1] ?? '';
    const [, json = ''] = /name="manifest" value="([^"]+)"/.exec(page) ?? [];
    const manifest = JSON.parse(json.replaceAll(/&#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)))) as object;
    return { ended, url, page, state, manifest };
  }

  it('makes an App with what is needed and no more, keeps its key for its owner alone, and check finds that all is there', async () => {
    await given({ app: APP }, "token: '${env:GITHUB}'");
    const { ended, url, page, state, manifest } = await begun({ organization: 'acme' });
    expect(page).toContain(`${github.url}/organizations/acme/settings/apps/new?state=`.replaceAll('&', '&#38;'));
    expect(manifest).toMatchObject({
      public: false,
      redirect_url: `${url}/callback`,
      hook_attributes: { url: 'https://tidegate.test/webhooks/github' },
      default_permissions: { statuses: 'write', deployments: 'write', checks: 'write', contents: 'read' },
    });
    const code = github.agreeToManifest(APP);
    for (const wrong of ['0', 'é'])
      expect((await fetch(`${url}/callback?code=${code}&state=${wrong.repeat(state.length)}`)).status).toBe(400);
    expect(await statusAt(url, `/callback?code=${code}&state=${state}`, 'rebound.test')).toBe(421);
    expect((await fetch(`${url}/callback?code=${code}&state=${state}`)).status).toBe(200);

    expect(await ended).toBe(0);
    const key = join(folder, 'github-app.pem');
    expect(await readFile(key, 'utf8')).toContain('PRIVATE KEY');
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'github-webhook.secret'))).mode & 0o777).toBe(0o600);
    expect(printed.join('\n')).toContain('id: 7');
    expect(printed.join('\n')).toContain("webhookSecret: '${file:github-webhook.secret}'");
    expect(printed.join('\n')).not.toMatch(/PRIVATE KEY|a-secret-of/);

    // Of the key that the local GitHub knows: the one that was made is another App's.
    await writeFile(key, github.app().privateKey);
    await github.stop();
    await given({ app: APP }, "app: { id: 7, key: '${file:github-app.pem}' }");
    await writeFile(key, github.app().privateKey);
    printed = [];
    expect(await check(context(), {})).toBe(1);
    expect(printed.join('\n')).toContain('Pull requests: write');
    github.app().permissions = { ...github.app().permissions, pull_requests: 'write' };
    expect(await check(context(), {})).toBe(0);
  });

  it('begins with a file that names repositories and nobody who may tell GitHub of them, as there is no App yet', async () => {
    await given({}, '');
    await expect(check(context(), {})).rejects.toThrow('is missing; give app or token');
    const { ended, url, state, manifest } = await begun();
    expect(manifest).toMatchObject({ name: 'tidegate-harbour', hook_attributes: { url: 'https://tidegate.test/webhooks/github' } });
    expect(printed.join('\n')).toContain(`ssh -L ${new URL(url).port}:127.0.0.1:${new URL(url).port} `);
    await fetch(`${url}/callback?code=${github.agreeToManifest(APP)}&state=${state}`);
    expect(await ended).toBe(0);
    expect(printed.join('\n')).toContain(`api: ${github.url}`);

    await writeFile(join(folder, 'tidegate.yaml'), 'version: 1\ninstallation: Not a name\n');
    await expect(setup(context(), {})).rejects.toThrow('installation');
  });

  it('has the App send to the one address that the server looks at, however server.url ends, and leaves out nothing that was written of GitHub', async () => {
    await writeFile(join(folder, 'authority.pem'), '');
    await given({}, "ca: 'authority.pem'", { server: 'https://tidegate.test//' });
    await writeFile(join(folder, 'authority.pem'), rootCertificates[0] ?? '');
    const { ended, url, state, manifest } = await begun();
    expect(manifest).toMatchObject({ url: 'https://tidegate.test', hook_attributes: { url: 'https://tidegate.test/webhooks/github' } });
    await fetch(`${url}/callback?code=${github.agreeToManifest(APP)}&state=${state}`);
    expect(await ended).toBe(0);
    expect(printed.join('\n')).toContain('  ca: authority.pem');
  });

  it('sends people to the pages of their GitHub, and not to its API', async () => {
    await given({}, '');
    const { ended, page } = await begun({ github: 'https://api.harbour.ghe.com' });
    expect(page).toContain('action="https://harbour.ghe.com/settings/apps/new?');
    stopping.abort();
    await expect(ended).rejects.toThrow();
  });

  it('writes over no key, and leaves none behind when GitHub hands nothing over', async () => {
    await given({}, "token: '${env:GITHUB}'");
    const { ended, url, state } = await begun();
    await fetch(`${url}/callback?code=unknown&state=${state}`);
    await expect(ended).rejects.toThrow('saw 404');
    await expect(stat(join(folder, 'github-app.pem'))).rejects.toThrow('ENOENT');

    await writeFile(join(folder, 'github-webhook.secret'), 'a secret');
    await expect(setup(context(), {})).rejects.toThrow('github-webhook.secret is there already');
    await expect(stat(join(folder, 'github-app.pem'))).rejects.toThrow('ENOENT');
    await rm(join(folder, 'github-webhook.secret'));

    await writeFile(join(folder, 'github-app.pem'), 'a key');
    await expect(setup(context(), {})).rejects.toThrow('is there already');
    expect(await readFile(join(folder, 'github-app.pem'), 'utf8')).toBe('a key');
  });
});
