import { parseArgs } from 'node:util';
import { Secret } from '../../domain/secret.ts';
import { startLocalGitHub } from './server.ts';

// GITHUB_TOKEN=… node dist/lab/github/main.js --directory DIR --port 8300: prints its address in a line, stops at SIGTERM or SIGINT.
const { values } = parseArgs({ options: { directory: { type: 'string' }, port: { type: 'string' } } });
const token = process.env.GITHUB_TOKEN;
if (token === undefined || token === '') {
  process.stderr.write('Set GITHUB_TOKEN to the token that the local GitHub shall accept\n');
  process.exit(2);
}
const github = await startLocalGitHub({
  token: new Secret(token),
  ...(values.directory === undefined ? {} : { directory: values.directory }),
  ...(values.port === undefined ? {} : { port: Number(values.port) }),
});
process.stdout.write(`${JSON.stringify({ url: github.url })}\n`);
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void github.stop());
