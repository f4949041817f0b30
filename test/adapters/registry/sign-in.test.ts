import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RegistryCredential } from '../../../activities/images.ts';
import type { RepositoryClient } from '../../../adapters/registry/contents.ts';
import { originOf } from '../../../adapters/registry/settings.ts';
import { Secret } from '../../../domain/secret.ts';
import { type Handler, type HttpServer, HttpServers } from '../../support/http-servers.ts';
import { blobOf, manifestOf } from './content.ts';
import { clientsOf, closeClients, repositoryAt, signal } from './one-registry.ts';

const servers = new HttpServers();
const manifest = manifestOf({
  config: { ...blobOf(Buffer.from('{}')), mediaType: 'application/vnd.oci.image.config.v1+json' },
  layers: [],
});
const robot: RegistryCredential = { username: 'robot', password: new Secret('only-for-the-registry') };
const robotsHeader = `Basic ${Buffer.from('robot:only-for-the-registry').toString('base64')}`;

afterEach(() => servers.end());
afterAll(closeClients);

const send: Handler = ({ method }, response) => {
  if (method === 'POST') response.writeHead(202, { location: '/v2/a/blobs/uploads/1' }).end();
  else response.writeHead(200, { 'content-type': manifest.mediaType }).end(manifest.bytes);
};

const authorizationsOf = ({ seen }: HttpServer) => seen.map(({ headers }) => headers.authorization);
const scopesOf = ({ seen }: HttpServer) => seen.map(({ url }) => new URL(url, 'http://x').searchParams.getAll('scope'));

describe('a registry that asks for Basic', () => {
  const basic: Handler = (request, response) =>
    request.headers.authorization === robotsHeader
      ? send(request, response)
      : response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();

  it('is told user and password, and from then on without being asked', async () => {
    const server = await servers.serve(basic);
    const repository = repositoryAt(server.address, { credentials: async () => robot });
    expect(await repository.getManifest('v1', { signal })).toEqual(manifest);
    await repository.getManifest('v2', { signal });
    expect(authorizationsOf(server)).toEqual([undefined, robotsHeader, robotsHeader]);
  });

  it('is told a new password once the old one is refused', async () => {
    const server = await servers.serve(basic);
    let password = 'of-yesterday';
    const credentials = async () => ({ username: 'robot', password: new Secret(password) });
    const repository = repositoryAt(server.address, { credentials });
    await expect(repository.getManifest('v1', { signal })).rejects.toMatchObject({ name: 'RegistryRefused' });
    password = 'only-for-the-registry';
    expect(await repository.getManifest('v1', { signal })).toEqual(manifest);
  });

  it('is asked no third time, and the refusal names the user and never the password', async () => {
    const server = await servers.serve((_, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end());
    const refused = repositoryAt(server.address, { credentials: async () => robot }).getManifest('v1', { signal });
    await expect(refused).rejects.toMatchObject({
      name: 'RegistryRefused',
      message: expect.stringMatching(`Registry ${server.address} refuses ${server.address}/a:v1 .*401 to a request as robot`),
    });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('only-for-the-registry') });
    expect(server.seen).toHaveLength(2);
  });

  it('gets nothing where there are no credentials, and that is said', async () => {
    const server = await servers.serve(basic);
    await expect(repositoryAt(server.address).getManifest('v1', { signal })).rejects.toThrow(/401 to a request without credentials/);
    expect(server.seen).toHaveLength(1);
  });
});

describe('a registry that asks for a bearer token', () => {
  let answer: (request: { readonly url: string; readonly body: string }) => { readonly status?: number; readonly body: object | string };
  let tokens: HttpServer;
  let server: HttpServer;
  let valid: (token: string) => boolean;

  beforeEach(async () => {
    let count = 0;
    valid = () => true;
    answer = () => {
      count += 1;
      return { body: { token: `t${count}`, expires_in: 300 } };
    };
    tokens = await servers.serve(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { status = 200, body: said } = answer({ url: request.url ?? '', body });
      response.writeHead(status, { 'retry-after': '7' }).end(typeof said === 'string' ? said : JSON.stringify(said));
    });
    server = await servers.serve((request, response) => {
      const [, token] = /^Bearer (.*)$/.exec(request.headers.authorization ?? '') ?? [];
      const challenge = `Bearer realm="http://${tokens.address}/token",service="lab",scope="repository:everything:*"`;
      if (token !== undefined && valid(token)) send(request, response);
      else response.writeHead(401, { 'www-authenticate': challenge }).end();
    });
  });

  const repository = (credential?: RegistryCredential): RepositoryClient =>
    repositoryAt(server.address, { credentials: async () => credential });

  it('is shown one for pulling, which is kept', async () => {
    const client = repository(robot);
    await client.getManifest('v1', { signal });
    await client.getManifest('v2', { signal });
    expect(authorizationsOf(server)).toEqual([undefined, 'Bearer t1', 'Bearer t1']);
    expect(authorizationsOf(tokens)).toEqual([robotsHeader]);
    expect(scopesOf(tokens)).toEqual([['repository:a:pull']]);
  });

  it('is shown one that nobody had to sign in for, where there are no credentials', async () => {
    await repository().getManifest('v1', { signal });
    expect(authorizationsOf(tokens)).toEqual([undefined]);
  });

  it('is asked for the rights that a step needs and no more: pushing, mounting, deleting', async () => {
    const client = repository(robot);
    const from = { registry: server.address, path: 'b' };
    await client.putManifest(manifest, { signal });
    await client.mountBlob(blobOf(Buffer.from('x')), from, { signal });
    await client.deleteTag('v1', { signal });
    expect(scopesOf(tokens)).toEqual([
      ['repository:a:pull,push'],
      ['repository:a:pull,push', 'repository:b:pull'],
      ['repository:a:pull,delete'],
    ]);
  });

  it('takes the token for more where less is needed', async () => {
    const client = repository(robot);
    await client.putManifest(manifest, { signal });
    await client.getManifest('v1', { signal });
    expect(tokens.seen).toHaveLength(1);
  });

  it('is asked for one token however many want it at the same time', async () => {
    const client = repository(robot);
    await Promise.all(Array.from({ length: 20 }, (_, n) => client.getManifest(`v${n}`, { signal })));
    expect(tokens.seen).toHaveLength(1);
  });

  it('gives a token to those who wait on when one of them gives up', async () => {
    const client = repository(robot);
    const impatient = new AbortController();
    const waiting = client.getManifest('v1', { signal });
    const given = client.getManifest('v2', { signal: impatient.signal });
    impatient.abort(new Error('no more time'));
    await expect(given).rejects.toThrow('no more time');
    expect(await waiting).toEqual(manifest);
  });

  it('is asked for a new one before the old one expires', async () => {
    answer = () => ({ body: { token: `t${tokens.seen.length}`, expires_in: 0.02 } });
    const client = repository(robot);
    await client.getManifest('v1', { signal });
    await new Promise((later) => setTimeout(later, 30));
    await client.getManifest('v2', { signal });
    expect(authorizationsOf(server)).toEqual([undefined, 'Bearer t1', 'Bearer t2']);
  });

  it('is asked for a new one when the old one is revoked, and all who lost it share that', async () => {
    const client = repository(robot);
    await client.putManifest(manifest, { signal });
    await client.deleteTag('v1', { signal });
    valid = (token) => token !== 't1' && token !== 't2';
    await Promise.all(['v1', 'v2', 'v3'].map((tag) => client.getManifest(tag, { signal })));
    expect(tokens.seen).toHaveLength(3);
  });

  it('that takes no token at all is RegistryRefused after the second, and is not asked again', async () => {
    valid = () => false;
    await expect(repository(robot).getManifest('v1', { signal })).rejects.toMatchObject({ name: 'RegistryRefused' });
    expect(server.seen).toHaveLength(2);
    expect(tokens.seen).toHaveLength(1);
  });

  it('exchanges an identity token, and the newer one that it was given for it', async () => {
    const forms: URLSearchParams[] = [];
    answer = ({ body }) => {
      forms.push(new URLSearchParams(body));
      return { body: { access_token: `t${forms.length}`, refresh_token: `next-${forms.length}` } };
    };
    const client = repository({ identityToken: new Secret('first') });
    await client.getManifest('v1', { signal });
    await client.putManifest(manifest, { signal });
    expect(forms.map((form) => [form.get('grant_type'), form.get('refresh_token'), form.get('scope')])).toEqual([
      ['refresh_token', 'first', 'repository:a:pull'],
      ['refresh_token', 'next-1', 'repository:a:pull,push'],
    ]);
    expect(authorizationsOf(tokens)).toEqual([undefined, undefined]);
  });

  it.each([
    [401, 'no', 'RegistryRefused'],
    [403, 'no', 'RegistryRefused'],
    [429, 'later', 'RegistryBusy'],
    [500, 'broken', 'RegistryUnavailable'],
    [200, 'no JSON, but my-secret-token', 'RegistryRefused'],
    [200, '{"token": ""}', 'RegistryRefused'],
    [200, '{"token": "a\\nb: c"}', 'RegistryRefused'],
  ])('whose token server answers %i %j is %s, naming that server and nothing that it said', async (status, body, name) => {
    answer = () => ({ status, body });
    const failed = repository(robot).getManifest('v1', { signal });
    await expect(failed).rejects.toMatchObject({ name, message: expect.stringContaining(`http://${tokens.address} gives no token`) });
    await expect(failed).rejects.not.toMatchObject({ message: expect.stringMatching(/my-secret-token|only-for-the-registry/) });
    if (status === 429) await expect(failed).rejects.toMatchObject({ retryAfterMs: 7_000 });
  });

  it('whose token server is down is RegistryUnavailable', async () => {
    tokens.end();
    await expect(repository(robot).getManifest('v1', { signal })).rejects.toMatchObject({ name: 'RegistryUnavailable' });
  });
});

describe('a challenge', () => {
  const challenged = (realm: string) =>
    servers.serve((_, response) => response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end());

  it('never gets the credential to a host that is not the registry’s, unless it is listed', async () => {
    const stranger = await servers.serve((_, response) => response.end(JSON.stringify({ token: 'x' })));
    const realm = `http://localhost:${stranger.address.split(':')[1]}/token`;
    const { address } = await challenged(realm);
    const access = () => ({ plainHttp: true });
    const refused = repositoryAt(address, { credentials: async () => robot, access }).getManifest('v1', { signal });
    await expect(refused).rejects.toMatchObject({ name: 'RegistryRefused', message: expect.stringMatching(/TLS|tokenHosts/) });
    expect(stranger.seen).toEqual([]);
  });

  it.each(['', 'token', 'ftp://127.0.0.1/x', 'http://registry.example.com/token'])('to the realm %j is refused by name', async (realm) => {
    const { address } = await challenged(realm);
    await expect(repositoryAt(address, { credentials: async () => robot }).getManifest('v1', { signal })).rejects.toMatchObject({
      name: 'RegistryRefused',
    });
  });

  it('of a kind that nobody knows is refused', async () => {
    const { address } = await servers.serve((_, response) => response.writeHead(401, { 'www-authenticate': 'Negotiate' }).end());
    await expect(repositoryAt(address, { credentials: async () => robot }).getManifest('v1', { signal })).rejects.toThrow(/401/);
  });
});

it('Docker Hub is reached where its API is', () => {
  expect(originOf('docker.io', {}).href).toBe('https://registry-1.docker.io/');
  expect(originOf('ghcr.io', {}).href).toBe('https://ghcr.io/');
  expect(originOf('[::1]:5000', { plainHttp: true }).href).toBe('http://[::1]:5000/');
  expect(() => clientsOf([]).open({ registry: 'docker.io', path: 'library/redis' })).not.toThrow();
});
