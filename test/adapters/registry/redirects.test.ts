import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { Secret } from '../../../domain/secret.ts';
import { type Handler, HttpServers } from '../../support/http-servers.ts';
import { blobOf, readAll } from './content.ts';
import { closeClients, repositoryAt, signal } from './one-registry.ts';

const servers = new HttpServers();
const bytes = Buffer.from('the bytes of a layer');
const blob = blobOf(bytes);

afterEach(() => servers.end());
afterAll(closeClients);

const redirect =
  (location: string, status = 307): Handler =>
  (_, response) =>
    response.writeHead(status, { location }).end();

describe('a registry that keeps its blobs elsewhere', () => {
  it('is followed there, with the range that is wanted and without what lets us in', async () => {
    const store = await servers.serve((_, response) =>
      response.writeHead(206, { 'content-range': `bytes 4-19/20`, 'content-length': 16 }).end(bytes.subarray(4)),
    );
    const registry = await servers.serve((request, response) =>
      request.headers.authorization === undefined
        ? response.writeHead(401, { 'www-authenticate': 'Basic' }).end()
        : redirect(`http://${store.address}/x?signature=a%2Fb`)(request, response),
    );
    const credentials = async () => ({ username: 'robot', password: new Secret('p') });
    const repository = repositoryAt(registry.address, { credentials });
    expect(await readAll(repository.readBlob(blob, { signal, offset: 4 }))).toEqual(bytes.subarray(4));
    expect(store.seen).toMatchObject([{ url: '/x?signature=a%2Fb', headers: { range: 'bytes=4-' } }]);
    expect(store.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  it('is asked with what lets us in again where it sends us to itself', async () => {
    const { address, seen } = await servers.serve((request, response) => {
      if (request.headers.authorization === undefined) response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
      else if (request.url === '/elsewhere') response.end(bytes);
      else redirect('/elsewhere', 302)(request, response);
    });
    const credentials = async () => ({ username: 'robot', password: new Secret('p') });
    expect(await readAll(repositoryAt(address, { credentials }).readBlob(blob, { signal }))).toEqual(bytes);
    expect(seen.at(-1)).toMatchObject({ url: '/elsewhere', headers: { authorization: expect.stringContaining('Basic') } });
  });

  it('says whether it has a blob also where the store takes no HEAD', async () => {
    const store = await servers.serve(({ method }, response) => response.writeHead(method === 'HEAD' ? 403 : 206).end('t'));
    const { address } = await servers.serve(redirect(`http://${store.address}/x`));
    expect(await repositoryAt(address).hasBlob(blob, { signal })).toBe(true);
  });

  it('whose store refuses is RegistryRefused, and no credentials are asked for', async () => {
    const store = await servers.serve((_, response) => response.writeHead(401, { 'www-authenticate': 'Basic' }).end());
    const { address } = await servers.serve(redirect(`http://${store.address}/x`));
    const asked: string[] = [];
    const credentials = async (registry: string) => {
      asked.push(registry);
      return undefined;
    };
    await expect(readAll(repositoryAt(address, { credentials }).readBlob(blob, { signal }))).rejects.toMatchObject({
      name: 'RegistryRefused',
    });
    expect(asked).toEqual([]);
  });
});

describe('a redirect', () => {
  it.each([
    ['in a circle', '/v2/a/manifests/v1'],
    ['in a circle', '?'],
    ['more than 5 times', 'on'],
    ['to what is no address', 'http://[broken'],
    ['to file:', 'file:///etc/passwd'],
  ])('%s is RedirectRefused: %s', async (why, location) => {
    let hops = 0;
    const { address } = await servers.serve((request, response) => {
      hops += 1;
      redirect(location === 'on' ? `/hop/${hops}` : location)(request, response);
    });
    await expect(repositoryAt(address).getManifest('v1', { signal })).rejects.toMatchObject({
      name: 'RedirectRefused',
      message: expect.stringMatching(`registry ${address} to serve ${address}/a:v1.*${why}`),
    });
    expect(hops).toBeLessThan(8);
  });

  it('never makes a GET of what was to be sent', async () => {
    const { address, seen } = await servers.serve(redirect('/elsewhere', 302));
    await expect(repositoryAt(address).mountBlob(blob, undefined, { signal })).rejects.toMatchObject({ name: 'RedirectRefused' });
    expect(seen.map(({ method }) => method)).toEqual(['POST']);
  });
});
