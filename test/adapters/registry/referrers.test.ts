import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { type Descriptor, OCI_INDEX, OCI_MANIFEST } from '../../../domain/oci-manifest.ts';
import { type Handler, type HttpServer, HttpServers } from '../../support/http-servers.ts';
import { blobOf, descriptorOf, digestOf, manifestOf } from './content.ts';
import { closeClients, repositoryAt, signal } from './one-registry.ts';

const servers = new HttpServers();
const subject = digestOf('a subject');
const config = { ...blobOf(Buffer.from('{}')), mediaType: 'application/vnd.oci.empty.v1+json' };
const referrer = manifestOf({ config, layers: [], artifactType: 'sbom/x', subject: { mediaType: OCI_MANIFEST, digest: subject, size: 9 } });

afterEach(() => servers.end());
afterAll(closeClients);

function entry(artifactType: string): Descriptor {
  return { mediaType: OCI_MANIFEST, digest: digestOf(artifactType), size: 7, artifactType };
}

const indexOf = (manifests: readonly unknown[]) => JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });

/** A registry that keeps one fallback index, and has no referrers API. */
function fallback(index: { text: string | undefined; puts: number }, referrersStatus = 404): Handler {
  return async (request, response) => {
    if (request.url?.includes('/referrers/'))
      return response.writeHead(referrersStatus, { 'content-type': 'text/plain' }).end('404 page not found');
    if (request.method === 'PUT') {
      let body = '';
      for await (const chunk of request) body += chunk;
      if (request.url?.includes('sha256-')) Object.assign(index, { text: body, puts: index.puts + 1 });
      return response.writeHead(201).end();
    }
    if (index.text === undefined) return response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
    return response.writeHead(200, { 'content-type': OCI_INDEX }).end(request.method === 'HEAD' ? undefined : index.text);
  };
}

const pathsOf = ({ seen }: HttpServer) =>
  seen.map(({ method, url }) => `${method} ${url.replace(/.*\/(referrers|manifests)\//, '$1/').replace(/sha256([:-])\w+/, 'sha256$1…')}`);

describe('referrers by the API', () => {
  it('come from all pages', async () => {
    const { address } = await servers.serve(({ url }, response) =>
      url?.includes('page=2')
        ? response.end(indexOf([entry('b')]))
        : response.writeHead(200, { 'content-type': OCI_INDEX, link: '<?page=2>; rel="next"' }).end(indexOf([entry('a')])),
    );
    expect(await repositoryAt(address).referrers(subject, { signal })).toEqual([entry('a'), entry('b')]);
  });

  it('are asked for by type, and filtered here where the registry does not', async () => {
    const server = await servers.serve((_, response) => response.end(indexOf([entry('sbom/x'), entry('signature')])));
    expect(await repositoryAt(server.address).referrers(subject, { signal, artifactType: 'sbom/x' })).toEqual([entry('sbom/x')]);
    expect(server.seen[0]?.url).toBe(`/v2/a/referrers/${subject}?artifactType=sbom%2Fx`);
  });

  it('are not listed a second time where the registry says that it does', async () => {
    const server = await servers.serve((_, response) => response.writeHead(201, { 'oci-subject': subject }).end());
    const repository = repositoryAt(server.address);
    await repository.putReferrer(referrer, subject, { signal });
    expect(pathsOf(server)).toEqual(['PUT manifests/sha256:…']);
  });

  it('that were listed before are not gone because of a 404', async () => {
    const answers = [indexOf([entry('a')])];
    const server = await servers.serve((_, response) => {
      const answer = answers.pop();
      response.writeHead(answer === undefined ? 404 : 200).end(answer ?? '404 page not found');
    });
    const repository = repositoryAt(server.address);
    await repository.referrers(subject, { signal });
    await expect(repository.referrers(subject, { signal })).rejects.toMatchObject({ name: 'AnswerMalformed' });
  });

  it.each([
    ['AnswerMalformed', '{"manifests":{}}'],
    ['AnswerMalformed', '{"manifests":[{"digest":"sha256:1"}]}'],
    ['AnswerMalformed', '<html>'],
    ['TooManyReferrers', indexOf(Array.from({ length: 6_000 }, () => entry('a')))],
  ])('are %s when they are %.40s', async (name, body) => {
    const { address } = await servers.serve((_, response) => response.end(body));
    await expect(repositoryAt(address).referrers(subject, { signal })).rejects.toMatchObject({
      name,
      message: expect.stringContaining(`${address}/a@${subject}`),
    });
  });
});

describe('referrers without the API', () => {
  it('are those of the fallback tag, and the API is not asked for again', async () => {
    const server = await servers.serve(fallback({ text: indexOf([entry('a'), entry('b')]), puts: 0 }));
    const repository = repositoryAt(server.address);
    expect(await repository.referrers(subject, { signal })).toEqual([entry('a'), entry('b')]);
    expect(await repository.referrers(subject, { signal, artifactType: 'b' })).toEqual([entry('b')]);
    expect(pathsOf(server)).toEqual(['GET referrers/sha256:…', 'GET manifests/sha256-…', 'GET manifests/sha256-…']);
  });

  it('are asked of the API again where a page for people said that there is none', async () => {
    const server = await servers.serve((request, response) =>
      request.url?.includes('/referrers/')
        ? response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>no</h1>')
        : response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN"}]}'),
    );
    const repository = repositoryAt(server.address);
    await repository.referrers(subject, { signal });
    await repository.referrers(subject, { signal });
    expect(pathsOf(server).filter((path) => path.startsWith('GET referrers'))).toHaveLength(2);
  });

  it('keep what other tools wrote about the others', async () => {
    const foreign = { ...entry('a'), platform: { os: 'linux', 'os.version': '1' }, data: 'e30=' };
    const index = { text: indexOf([foreign]), puts: 0 };
    const { address } = await servers.serve(fallback(index));
    await repositoryAt(address).putReferrer(referrer, subject, { signal });
    expect(JSON.parse(index.text).manifests).toEqual([foreign, { ...descriptorOf(referrer), artifactType: 'sbom/x' }]);
  });

  it('are written once for all that are listed together, and not at all when they are there', async () => {
    const index = { text: undefined, puts: 0 };
    const { address } = await servers.serve(fallback(index));
    const others = [1, 2, 3].map((n) => manifestOf({ config, layers: [], annotations: { n: String(n) } }));
    const repository = repositoryAt(address);
    await Promise.all([
      repository.listReferrers(subject, others, { signal }),
      repository.listReferrers(subject, [referrer, ...others], { signal }),
    ]);
    expect(index.puts).toBe(1);
    await repository.listReferrers(subject, [referrer], { signal });
    expect(index.puts).toBe(1);
    expect(await repository.referrers(subject, { signal })).toHaveLength(4);
  });

  it('are listed in spite of another writer who undoes it, and ReferrersContended when that never ends', async () => {
    const index = { text: indexOf([]), puts: 0 };
    let undone = 0;
    let limit = 2;
    const server = await servers.serve((request, response) => {
      if (request.method === 'HEAD' && undone < limit) {
        undone += 1;
        index.text = indexOf([entry('other')]);
      }
      return fallback(index)(request, response);
    });
    const repository = repositoryAt(server.address);
    await repository.listReferrers(subject, [referrer], { signal });
    expect(index.puts).toBe(3);
    expect(await repository.referrers(subject, { signal })).toHaveLength(2);
    index.text = indexOf([]);
    limit = Number.POSITIVE_INFINITY;
    await expect(repository.listReferrers(subject, [referrer], { signal })).rejects.toMatchObject({
      name: 'ReferrersContended',
      message: expect.stringContaining(`${server.address}/a@${subject}`),
    });
  });

  it('are not written over what is no index', async () => {
    const index = { text: manifestOf({ config, layers: [] }).bytes.toString(), puts: 0 };
    const { address } = await servers.serve(fallback(index));
    await expect(repositoryAt(address).listReferrers(subject, [referrer], { signal })).rejects.toThrow(
      /registry calls it|no index of referrers/,
    );
    expect(index.puts).toBe(0);
  });

  it('are listed for those who wait on when another gives up', async () => {
    const index = { text: undefined, puts: 0 };
    const { address } = await servers.serve(fallback(index));
    const repository = repositoryAt(address);
    const impatient = new AbortController();
    const other = manifestOf({ config, layers: [] });
    const given = repository.listReferrers(subject, [other], { signal: impatient.signal });
    const waiting = repository.listReferrers(subject, [referrer], { signal });
    impatient.abort(new Error('no more time'));
    await expect(given).rejects.toThrow('no more time');
    await waiting;
    expect((await repository.referrers(subject, { signal })).map(({ digest }) => digest)).toContain(referrer.digest);
  });

  it('whose manifest cannot be deleted stay listed', async () => {
    const index = { text: indexOf([{ ...descriptorOf(referrer), artifactType: 'sbom/x' }]), puts: 0 };
    const { address } = await servers.serve((request, response) => {
      if (request.method === 'DELETE') return response.writeHead(405).end('{"errors":[{"code":"UNSUPPORTED"}]}');
      if (request.method === 'GET' && request.url?.endsWith(referrer.digest) && !request.url.includes('/referrers/'))
        return response.writeHead(200, { 'content-type': OCI_MANIFEST }).end(referrer.bytes);
      return fallback(index)(request, response);
    });
    const repository = repositoryAt(address);
    await expect(repository.deleteManifest(referrer.digest, { signal })).rejects.toMatchObject({ name: 'DeletionUnsupported' });
    expect(await repository.referrers(subject, { signal })).toEqual([{ ...descriptorOf(referrer), artifactType: 'sbom/x' }]);
  });
});
