import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MADE_BY_SETUP } from './dependencies.mjs';
import { run } from './programs.mjs';
import { say } from './say.mjs';

/** Builds `dist`, unless it is newer than everything that it is made of. Types are for `npm run check` to judge: here they would take half a minute. */
export async function build(checkout) {
  const stamp = join(checkout, 'dist', MADE_BY_SETUP);
  const newest = newestOf(checkout);
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= newest) return;
  say(`Building into ${join(checkout, 'dist')}`);
  const compiler = join(checkout, 'node_modules/typescript/bin/tsc');
  await run(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--noCheck'], { cwd: checkout });
  await run(process.execPath, [join(checkout, 'dist/worker/bundle.js')], { cwd: checkout });
  writeFileSync(stamp, '');
}

/** The time of the newest source, in milliseconds. */
function newestOf(checkout) {
  const { include } = JSON.parse(readFileSync(join(checkout, 'tsconfig.json'), 'utf8'));
  const rooms = include.filter((room) => room !== 'test' && existsSync(join(checkout, room)));
  const files = ['package-lock.json', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
  for (const room of rooms) files.push(...readdirSync(join(checkout, room), { recursive: true }).map((file) => join(room, file)));
  return Math.max(...files.map((file) => statSync(join(checkout, file)).mtimeMs));
}
