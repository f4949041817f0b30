import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LAB_USER, type LabRegistry, type LabRegistryOptions, RegistryNotStarted, startRegistry } from '../../lab/registry.ts';
import { eachRegistry } from '../support/registry-tools.ts';

let directory: string;
let registry: LabRegistry | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidegate-registry-'));
});

afterEach(async () => {
  await registry?.stop();
  await rm(directory, { recursive: true });
});

async function start(options: Partial<LabRegistryOptions> = {}): Promise<LabRegistry> {
  registry = await startRegistry({ directory, address: '127.0.0.1', ...options });
  return registry;
}

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://${registry?.address}/v2/${path}`, { ...init, signal: AbortSignal.timeout(60_000) });
}

/** An upload's address, as a registry gives it to whoever may push. */
async function openUpload(): Promise<number> {
  return (await ask('shop/web/blobs/uploads/', { method: 'POST' })).status;
}

describe.each(eachRegistry())('a registry of the lab, $title', ({ program }) => {
  it('is back on the same port with the same contents', async () => {
    const { address, restart } = await start({ program });
    const digest = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
    const upload = (await ask('shop/web/blobs/uploads/', { method: 'POST' })).headers.get('location');
    await fetch(`${upload}&digest=${digest}`, { method: 'PUT', body: '{}' });
    await restart.call(registry);
    expect(registry?.address).toBe(address);
    expect(await (await ask(`shop/web/blobs/${digest}`)).text()).toBe('{}');
  });

  it('lets everybody in unless it is to let in the lab’s user alone', async () => {
    await start({ program });
    expect(await openUpload()).toBe(202);
    await registry?.stop();
    await start({ program, signIn: true });
    expect(await openUpload()).toBe(401);
    const authorization = `Basic ${Buffer.from(`${LAB_USER.username}:${LAB_USER.password}`).toString('base64')}`;
    expect((await ask('shop/web/blobs/uploads/', { method: 'POST', headers: { authorization } })).status).toBe(202);
  });
});

it('a registry of the lab that cannot be run is named', async () => {
  await expect(start({ program: '/nowhere/registry' })).rejects.toBeInstanceOf(RegistryNotStarted);
  await expect(start({ program: '/nowhere/registry' })).rejects.toThrow('/nowhere/registry');
});
