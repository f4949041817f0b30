import { randomUUID } from 'node:crypto';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const ID = /^[0-9a-z]{9}-[0-9a-f]{32}$/;
const FOLDERS = ['incoming', 'waiting', 'claimed', 'done'];
/** An order takes milliseconds; who holds one this long is dead. */
const CLAIM_MS = 60_000;

/**
 * Orders as files in a folder that web and worker share. A file moves from folder to folder by rename, which an operating system does
 * for one process alone: two workers never get one order, and nobody reads half a file.
 */
export async function openSpool(directory) {
  for (const folder of FOLDERS) await mkdir(join(directory, folder), { recursive: true });
  const at = (folder, name) => join(directory, folder, name);

  async function put(folder, id, value) {
    const draft = at('incoming', `${id}.${randomUUID()}`);
    await writeFile(draft, JSON.stringify(value));
    await rename(draft, at(folder, `${id}.json`));
  }

  return {
    /** Keeps an order and gives it an id; ids sort by time. */
    async submit(order) {
      const id = `${Date.now().toString(36).padStart(9, '0')}-${randomUUID().replaceAll('-', '')}`;
      await put('waiting', id, { id, ...order });
      return id;
    },

    /** `waiting`, `done`, or undefined for an order that nobody made. */
    async state(id) {
      if (!ID.test(id)) return undefined;
      // Looked up in the order in which files move, so that one on its way is seen.
      if (await exists(at('waiting', `${id}.json`))) return 'waiting';
      if ((await readdir(join(directory, 'claimed'))).some((name) => name.startsWith(`${id}~`))) return 'waiting';
      if (await exists(at('done', `${id}.json`))) return 'done';
      // A claim that was given back in between.
      return (await exists(at('waiting', `${id}.json`))) ? 'waiting' : undefined;
    },

    async receipt(id) {
      return JSON.parse(await readFile(at('done', `${id}.json`), 'utf8'));
    },

    /** Ids that wait, oldest first. */
    async waiting() {
      return (await readdir(join(directory, 'waiting'))).map((name) => name.slice(0, -'.json'.length)).sort();
    },

    /** Takes an order; undefined when another worker was quicker. */
    async claim(id, now = Date.now()) {
      const claimed = at('claimed', `${id}~${now}`);
      if (!(await moved(at('waiting', `${id}.json`), claimed))) return undefined;
      return { order: JSON.parse(await readFile(claimed, 'utf8')), claimed };
    },

    async finish({ order, claimed }, receipt) {
      await put('done', order.id, receipt);
      await rm(claimed, { force: true });
    },

    async giveBack({ order, claimed }) {
      await moved(claimed, at('waiting', `${order.id}.json`));
    },

    /** Gives back what dead workers hold. */
    async reclaim(now = Date.now()) {
      for (const name of await readdir(join(directory, 'claimed'))) {
        const [id, since] = name.split('~');
        if (now - Number(since) > CLAIM_MS) await moved(at('claimed', name), at('waiting', `${id}.json`));
      }
    },

    /** Whether somebody asked for a pause. */
    maintenance: () => exists(join(directory, 'maintenance')),
  };
}

async function exists(path) {
  return access(path).then(() => true, ifAbsent(false));
}

/** False when there was nothing to move: another process moved it first. */
async function moved(from, to) {
  return rename(from, to).then(() => true, ifAbsent(false));
}

function ifAbsent(value) {
  return (error) => {
    if (error.code !== 'ENOENT') throw error;
    return value;
  };
}
