import type { Command } from 'commander';
import type { RegistryVerbOptions } from '../registry/connect.ts';
import type { CopyVerbOptions } from '../registry/copy.ts';
import type { LsOptions } from '../registry/ls.ts';
import type { RetentionOptions } from '../verbs/registry-retention.ts';
import { collect, type Run, wholeNumber, withExamples, withJson, withServer } from './verb.ts';

const IMAGE_HINT = 'an image, as in registry.example/shop/web:v1 or …@sha256:…';

/** What is looked at and copied at registries themselves, without a server; and what the engine deletes there. */
export function addRegistryVerbs(program: Command, run: Run): void {
  const registry = program.command('registry').description('look at images in registries, copy them, and delete what nobody needs');
  withExamples(registry, ['tidegate registry ls registry.example/shop/web', 'tidegate registry copy a.example/web:v1 b.example/web:v1']);
  addLs(registry, run);
  addInspect(registry, run);
  addCopy(registry, run);
  addRetention(registry, run);
}

function withRegistries(command: Command): Command {
  return withJson(command)
    .option('--config <file>', 'the installation file, for its registries; else the nearest tidegate.yaml upwards, if there is one')
    .option('--plain-http <address>', 'a registry without TLS, host:port; may be given several times', collect);
}

function addLs(registry: Command, run: Run): void {
  const command = registry
    .command('ls')
    .argument('<repository>', 'a repository, as in registry.example/shop/web')
    .description('list the tags of a repository, and what each names')
    .option('--limit <number>', 'how many at most', wholeNumber('--limit'), 100);
  withExamples(withRegistries(command), ['tidegate registry ls registry.example/shop/web']).action(
    (repository: string, options: LsOptions) =>
      run(async (context) => (await import('../registry/ls.ts')).ls(context, repository, options)),
  );
}

function addInspect(registry: Command, run: Run): void {
  const command = registry
    .command('inspect')
    .argument('<image>', IMAGE_HINT)
    .description('show what an image is: digest, platforms, layers, and what refers to it');
  withExamples(withRegistries(command), ['tidegate registry inspect registry.example/shop/web:v1']).action(
    (image: string, options: RegistryVerbOptions) =>
      run(async (context) => (await import('../registry/inspect.ts')).inspect(context, image, options)),
  );
}

function addCopy(registry: Command, run: Run): void {
  const command = registry
    .command('copy')
    .argument('<source>', IMAGE_HINT)
    .argument('<target>', 'a repository, with a tag or without')
    .description('copy an image by digest, with all platforms and all that refers to it; repeating it sends what is missing')
    .option('--tag <tag>', 'a further tag at the target; may be given several times', collect)
    .option('--platform <platform>', 'copy this platform alone, os/architecture; may be given several times', collect)
    .option('--no-referrers', 'leave signatures, SBOMs and other referrers behind');
  withExamples(withRegistries(command), [
    'tidegate registry copy build.example/shop/web:v1 production.example/shop/web:v1',
    'tidegate registry copy build.example/shop/web@sha256:… production.example/shop/web --tag stable',
  ]).action((source: string, target: string, options: CopyVerbOptions) =>
    run(async (context) => (await import('../registry/copy.ts')).copy(context, source, target, options)),
  );
}

function addRetention(registry: Command, run: Run): void {
  const command = registry
    .command('retention')
    .argument('[repositories...]', 'repositories, as in registry.example/shop/web; else all that tidegate.yaml has rules for')
    .description('say what the rules in tidegate.yaml keep and delete, and why; with --apply, delete it')
    .option('--apply', 'delete, after a question')
    .option('--yes', 'delete without the question');
  withExamples(withServer(command), [
    'tidegate registry retention',
    'tidegate registry retention registry.example/shop/web --apply',
    'tidegate registry retention --apply --yes --json',
  ]).action((repositories: string[], options: RetentionOptions) =>
    run(async (context) => (await import('../verbs/registry-retention.ts')).retention(context, repositories, options)),
  );
}
