import { parseArgs, types } from 'node:util';
import { printReport, type Report } from './report.ts';

// node dist/bench/main.js: `npm run bench` sets up and comes here with its arguments.
const HELP = `Usage: npm run bench -- NAME [--json] [--quick] [--only WORD]

Measures Tidegate against its peers, in the same run.

  cli        how long people wait for commands: ours, and docker, gh and temporal where they are
  registry   copies images between registries: ours, crane, regctl, oras and skopeo

  --json     one JSON document on stdout instead of a table
  --quick    small images, few rounds: shows that the measurement works, and is no figure
  --only     a part: of registry, small, index, large or huge, as the images are called`;

const OPTIONS = {
  json: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  only: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

interface Options {
  readonly quick: boolean;
  readonly only: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
}

const BENCHES: Readonly<Record<string, (options: Options) => Promise<Report>>> = {
  cli: async (options) => (await import('./cli/cli-bench.ts')).benchCli(options),
  registry: async (options) => (await import('./registry/registry-bench.ts')).benchRegistry(options),
};

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
    if (values.help) return say(HELP);
    const bench = BENCHES[positionals[0] ?? ''];
    if (bench === undefined || positionals.length > 1) return misused(`There is no bench ${JSON.stringify(positionals.join(' '))}`);
    const report = await bench({ quick: values.quick, only: values.only, environment: process.env, onProgress: tell });
    return say(values.json ? JSON.stringify(report) : printReport(report));
  } catch (error) {
    const words = types.isNativeError(error) ? error.message : String(error);
    if (types.isNativeError(error) && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) return misused(words);
    tell(words);
    return 1;
  }
}

function misused(why: string): number {
  tell(`${why}\n\n${HELP}`);
  return 2;
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
