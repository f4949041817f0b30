import { parseArgs, types } from 'node:util';
import { printReport, type Report } from './report.ts';

// node dist/bench/main.js: `npm run bench` sets up and comes here with its arguments.
const HELP = `Usage: npm run bench -- NAME [--json] [--quick] [--only WORD] [--rounds NUMBER]

Measures Tidegate against its peers, in the same run.

  cli        how long people wait for commands: ours, and docker, gh and temporal where they are
  fleet      deployments to 10, 100 and 1,000 simulated engines: time, histories, memory
  registry   copies images between registries: ours, crane, regctl, oras and skopeo
  ledger     appends, proves and verifies a million records, beside inserts without a tree
  switch     releases and rolls back under 500 requests a second: what users see, beside docker rm and docker run by hand
  webhooks   2,000 deliveries at 200 a second, some twice and some forged, to a server that is killed twice: acknowledgements, releases
  kills      kills worker, server and engines at every activity of a deployment, under load; fails when one is not survived

  --json     one JSON document on stdout instead of a table
  --quick    small images, few rounds: shows that the measurement works, and is no figure
  --only     a part: of registry, small, index, large or huge, as the images are called; of switch, a strategy or rollback; of kills, a
             story, or what is killed in one, as in recreate/server; of fleet, a number of hosts;
             of webhooks, a number of deliveries
  --rounds   of registry: how often each contender copies each image, instead of as often as is usual for it; of switch: how often each
             strategy switches, instead of 20 times`;

const OPTIONS = {
  json: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  only: { type: 'string' },
  rounds: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

interface Options {
  readonly quick: boolean;
  readonly only: string | undefined;
  readonly rounds: number | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
  /** Aborted when the measurement is to leave off. */
  readonly interrupted: AbortSignal;
}

const BENCHES: Readonly<Record<string, (options: Options) => Promise<Report>>> = {
  cli: async (options) => (await import('./cli/cli-bench.ts')).benchCli(options),
  ledger: async (options) => (await import('./ledger/ledger-bench.ts')).benchLedger(options),
  switch: async (options) => (await import('./switch/switch-bench.ts')).benchSwitch(options),
  kills: async (options) => (await import('./kills/kills-bench.ts')).benchKills(options),
  webhooks: async (options) => (await import('./webhooks/webhooks-bench.ts')).benchWebhooks(options),
  fleet: async (options) => (await import('./fleet/fleet-bench.ts')).benchFleet(options),
  registry: async (options) => (await import('./registry/registry-bench.ts')).benchRegistry(options),
};

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => interruption.abort(new Error(`Ended by ${signal}`)));

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
    if (values.help) return say(HELP);
    const bench = BENCHES[positionals[0] ?? ''];
    if (bench === undefined || positionals.length > 1) return misused(`There is no bench ${JSON.stringify(positionals.join(' '))}`);
    const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
    if (rounds !== undefined && !(Number.isSafeInteger(rounds) && rounds > 0))
      return misused(`--rounds ${values.rounds} is no number of rounds`);
    const report = await bench({
      quick: values.quick,
      only: values.only,
      rounds,
      environment: process.env,
      onProgress: tell,
      interrupted: interruption.signal,
    });
    return say(values.json ? JSON.stringify(report) : printReport(report));
  } catch (error) {
    const words = types.isNativeError(error) ? error.message : String(error);
    if (types.isNativeError(error) && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) return misused(words);
    tell(words);
    // What was being copied goes on failing for a while, and nobody waits for that.
    if (interruption.signal.aborted) process.exit(130);
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
