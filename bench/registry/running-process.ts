import { readFile, writeFile } from 'node:fs/promises';
import { types } from 'node:util';
import { createImageCopier } from '../../adapters/registry/copy/image-copier.ts';
import { parseReference, printRepository } from '../../adapters/registry/reference.ts';
import { connectRegistries } from '../../adapters/registry/registries.ts';
import { parseDigest } from '../../domain/digest.ts';
import type { Usage } from './measured-command.ts';
import type { CopyAnswer, CopyRequest } from './running-messages.ts';

// A process that copies when it is told, as a worker does: its connections, and what it has compiled, are there already.
const signal = new AbortController().signal;
const registries = connectRegistries({ credentials: async () => undefined, access: () => ({ plainHttp: true }) });
const copier = createImageCopier(registries.open);

process.on('message', (request: CopyRequest) => {
  void answer(request).then((words) => process.send?.(words));
});

async function answer(request: CopyRequest): Promise<CopyAnswer> {
  try {
    return { kind: 'copied', usage: await measured(() => copy(request)) };
  } catch (error) {
    return { kind: 'failed', seen: types.isNativeError(error) ? (error.stack ?? error.message) : String(error) };
  }
}

async function copy({ from, to }: CopyRequest): Promise<void> {
  const [source, target] = [parseReference(from), parseReference(to)];
  const order = {
    from: { repository: printRepository(source), digest: parseDigest(source.digest ?? '') },
    to: printRepository(target),
    tags: target.tag === undefined ? [] : [target.tag],
    referrers: true,
  };
  await copier.copy([order], { signal, onProgress: () => undefined });
}

/** The kernel forgets the most memory that this process ever had, so that what is read afterwards is this copy's. */
async function measured(work: () => Promise<void>): Promise<Usage> {
  await writeFile('/proc/self/clear_refs', '5');
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  const kilobytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1]);
  return { wallMs, cpuMs: (user + system) / 1000, peakMb: (kilobytes * 1024) / 1e6 };
}
