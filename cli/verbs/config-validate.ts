import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { parse } from 'yaml';
import { ConfigurationUnreadable, InstallationInvalid, PipelineInvalid, UnknownApplication } from '../../config/errors.ts';
import { loadInstallation } from '../../config/installation-file.ts';
import { parsePipelineFor } from '../../config/pipeline-in-installation.ts';
import { type Problem, printProblems } from '../../config/problem.ts';
import { findInstallation } from '../client/connection.ts';
import { type Context, printJson } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { plain } from '../rendering/plain.ts';

export interface ValidateOptions {
  readonly config?: string;
  readonly json?: boolean;
}

interface Verdict {
  readonly file: string;
  readonly kind: 'installation' | 'pipeline';
  readonly valid: boolean;
  /** All problems as text; empty for a valid file. */
  readonly message: string;
  readonly problems: readonly Problem[];
}

/** Checks files and shows every problem with its place. */
export async function validateConfig(context: Context, files: readonly string[], options: ValidateOptions): Promise<ExitCode> {
  const named = files.length > 0 ? files : [relative(context.directory, await findInstallation(options.config, context.directory))];
  const verdicts: Verdict[] = [];
  for (const file of named) verdicts.push(await judge(context, file, options.config));
  const valid = verdicts.every((verdict) => verdict.valid);
  if (options.json) printJson(context, { valid, files: verdicts });
  else showVerdicts(context, verdicts);
  return valid ? EXIT.done : EXIT.usage;
}

function showVerdicts({ terminal }: Context, verdicts: readonly Verdict[]): void {
  for (const { file, kind, valid, message } of verdicts) {
    if (valid) terminal.out.line(`${file}: ${terminal.out.style('good', `a valid ${kind} file`)}`);
    else terminal.err.line(plain(message));
  }
}

async function judge(context: Context, file: string, config: string | undefined): Promise<Verdict> {
  const path = resolve(context.directory, file);
  const kind = await kindOf(path);
  try {
    if (kind === 'installation') return judged(file, (await loadInstallation(file)).faults);
    await checkPipeline(path, file, await findInstallation(config, context.directory));
    return { file, kind, valid: true, message: '', problems: [] };
  } catch (error) {
    if (!isFault(error)) throw error;
    return { file, kind, valid: false, message: error.message, problems: 'problems' in error ? error.problems : [] };
  }
}

/** Of a file that can be used, and names others that cannot. */
function judged(file: string, problems: readonly Problem[]): Verdict {
  return { file, kind: 'installation', valid: problems.length === 0, message: printProblems(problems), problems };
}

function isFault(error: unknown): error is InstallationInvalid | PipelineInvalid | ConfigurationUnreadable | UnknownApplication {
  return [InstallationInvalid, PipelineInvalid, ConfigurationUnreadable, UnknownApplication].some((Fault) => error instanceof Fault);
}

/** A pipeline is checked against the installation that it is for. */
async function checkPipeline(path: string, shownAs: string, installationFile: string): Promise<void> {
  const installation = await loadInstallation(installationFile);
  const text = await readFile(path);
  const application = member(parse(text.toString('utf8')), 'application');
  const name = typeof application === 'string' ? application : (installation.applications[0]?.name ?? '');
  parsePipelineFor(installation, name, text, shownAs);
}

/** What a file is by its keys. One that cannot be read is judged as an installation, which says why. */
async function kindOf(path: string): Promise<Verdict['kind']> {
  const value = await readFile(path, 'utf8')
    .then(parse)
    .catch(() => undefined);
  const isPipeline = ['stages', 'components', 'application'].some((key) => member(value, key) !== undefined);
  return isPipeline && member(value, 'installation') === undefined ? 'pipeline' : 'installation';
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}
