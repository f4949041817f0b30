import { describe, expect, it } from '@jest/globals';
import { MalformedDigest, parseDigest, shortDigest } from '../../domain/digest.ts';
import { drainWords } from '../../domain/drain.ts';
import { printSelector } from '../../domain/host-selection.ts';
import { imagesOfPass, MalformedImage, parsePinnedImage, sameImages } from '../../domain/image.ts';
import { containerName, isOfTheWayBack, jobContainerName, networkName, routerName, volumeName } from '../../domain/labels.ts';
import { promotionKey } from '../../domain/ledger.ts';
import { isName, NAME_HINT } from '../../domain/name.ts';
import { changedSecrets } from '../../domain/secret-file.ts';
import {
  ALARM_TASK_QUEUE,
  GITHUB_TASK_QUEUE,
  HOME_SITE,
  HOME_TASK_QUEUES,
  IMAGE_TASK_QUEUE,
  MAIN_TASK_QUEUE,
  siteTaskQueue,
} from '../../domain/task-queues.ts';
import { TERMINAL_FAILURES, TERMINAL_FOR_THE_WAY_BACK } from '../../domain/terminal-failures.ts';
import {
  breakGlassWorkflowId,
  deploymentWorkflowId,
  environmentOfWorkflow,
  environmentWorkflowId,
  explainWorkflowId,
  guardWorkflowId,
  hostPlanWorkflowId,
  planWorkflowId,
  RETENTION_WORKFLOW_ID,
  releaseOfWorkflow,
  releaseWorkflowId,
  rollbackPlanWorkflowId,
} from '../../domain/workflow-ids.ts';
import { digestNumber } from './arbitraries.ts';

/** They are written into histories, ledgers and hosts: whoever changes one no longer finds what was there before. */
describe('names that outlive a version', () => {
  it('are those of workflows', () => {
    expect([
      releaseWorkflowId('shop', 2),
      environmentWorkflowId('shop', 'production'),
      deploymentWorkflowId('shop', 'production', 3),
      breakGlassWorkflowId('break-glass-1'),
      guardWorkflowId(101, 42, 'Production/EU'),
      explainWorkflowId('shop', 2, 'q'),
      planWorkflowId('shop', 2, 'production', 'q'),
      hostPlanWorkflowId('shop', 'production', 'p1', 'q'),
      rollbackPlanWorkflowId('shop', 'production', 'q'),
      RETENTION_WORKFLOW_ID,
    ]).toEqual([
      'release/shop/2',
      'environment/shop/production',
      'deployment/shop/production/3',
      'break-glass/break-glass-1',
      'guard/101/42/production/eu',
      'explain/shop/2/q',
      'plan/shop/2/production/q',
      'plan-host/shop/production/p1/q',
      'rollback-plan/shop/production/q',
      'retention',
    ]);
  });

  it('are those of task queues, of which a site has its own', () => {
    expect([MAIN_TASK_QUEUE, IMAGE_TASK_QUEUE, GITHUB_TASK_QUEUE, ALARM_TASK_QUEUE]).toEqual([
      'tidegate',
      'tidegate-images',
      'tidegate-github',
      'tidegate-alarms',
    ]);
    expect(HOME_TASK_QUEUES).toEqual([MAIN_TASK_QUEUE, IMAGE_TASK_QUEUE, GITHUB_TASK_QUEUE, ALARM_TASK_QUEUE]);
    expect(siteTaskQueue(HOME_SITE)).toBe('tidegate-site-default');
  });

  it('are those of containers, networks and volumes', () => {
    const at = { application: 'shop', environment: 'production', generation: 3 };
    expect(containerName({ ...at, component: 'web', replica: 1 })).toBe('tidegate-shop.production.web.g3.1');
    expect(routerName('main')).toBe('tidegate-router-main');
    expect(networkName('shop', 'production')).toBe('tidegate-shop.production');
    expect(volumeName('shop', 'production', 'data')).toBe('tidegate-shop.production.data');
    const task = { job: { name: 'migrate' }, release: 2, direction: 'up' } as const;
    expect(jobContainerName(at, task)).toBe('tidegate-shop.production.migrate.r2.g3.job');
    expect(jobContainerName(at, { ...task, attempt: 2 })).toBe('tidegate-shop.production.migrate.r2.g3.job-2');
    expect(jobContainerName(at, { ...task, attempt: 2, direction: 'down' })).toBe('tidegate-shop.production.migrate.r2.g3.down');
  });

  it('are those of failures that nothing mends, and of those that end even a way back', () => {
    const names = `AnswerMalformed AnswerTooLarge BlobMissing BuildFailed CertificateUnfit CompanionFailed CompanionNotFound
      ComponentWithoutImage ContainerFailed ContainerMissing ContextUnreadable CopyTooLarge DeletionUnsupported DigestMismatch DiskFull
      EngineRefused GitHubRefused HostFailed ImageNotFound LabelsUnreadable MalformedDigest MalformedReference ManifestIncomplete
      ManifestMalformed ManifestMissing NameTaken NetworkMissing NotAllowed NotAnImage PipelineInvalid PlanChanged PlatformMissing PortTaken
      ProtectionUnclear PublicationKindChanged PublicationsTaken RedirectRefused RegistryFull RegistryRefused RegistryRejected
      RegistryUntrusted RepositoryMissing RepositoryTooLarge RouteMalformed RouteTaken RouterDiffers RouterFull RouterImageMissing
      SchemaOneUnsupported SecretMissing SecretsOnDisk SourceNotConfigured ServerUnknown Superseded TagAmbiguous TagMissing TagTookManifest
      TooManyReferrers UnknownApplication UnknownCommit UnknownEnvironment UnknownHost UnknownPath UnknownRelease WrongPlatform`;
    expect(TERMINAL_FAILURES).toEqual(expect.arrayContaining(names.split(/\s+/)));
    expect(TERMINAL_FOR_THE_WAY_BACK).toEqual(['Superseded', 'UnknownHost']);
  });

  it('are those of requests to promote', () => {
    expect(promotionKey('shop', 2, 'r')).toBe('release/shop/2/promotion/r');
  });
});

describe('a workflow', () => {
  it('is told by its id to be of a release', () => {
    expect(releaseOfWorkflow(releaseWorkflowId('shop', 12))).toEqual({ application: 'shop', number: 12 });
    for (const id of ['release/shop/x', 'release//1', 'release/shop/1/2', 'xrelease/shop/1', 'environment/shop/1'])
      expect(releaseOfWorkflow(id)).toBeUndefined();
  });

  it('is told by its id to be an environment', () => {
    expect(environmentOfWorkflow(environmentWorkflowId('shop', 'production'))).toEqual({ application: 'shop', environment: 'production' });
    for (const id of ['environment/shop', 'environment//production', 'environment/shop/', 'environment/shop/a/b', 'xenvironment/shop/a'])
      expect(environmentOfWorkflow(id)).toBeUndefined();
  });
});

describe('a job’s container', () => {
  it.each([
    ['tidegate-shop.production.migrate.r2.g3.down', true],
    ['tidegate-shop.production.web-on-rollback.r12.g34.job', true],
    ['tidegate-shop.production.web-on-rollback.r2.g3.job-2', false],
    ['tidegate-shop.production.migrate.r2.g3.job', false],
    ['.down.shop', false],
    ['tidegate-shop.production.web-on-rollback.rx.g3.job', false],
    ['tidegate-shop.production.web-on-rollback.r2.gx.job', false],
  ])('%s is of the way back: %s', (name, expected) => {
    expect(isOfTheWayBack(name)).toBe(expected);
  });
});

describe('a name', () => {
  it.each(['a', 'shop', 'a-1', 'a'.repeat(40)])('can be %s', (name) => {
    expect(isName(name)).toBe(true);
  });

  it.each(['', '1a', 'a--b', 'a-', '-a', 'A', 'a_b', 'constructor', 'a'.repeat(41), `a${'-b'.repeat(20)}`, 'a\n'])(
    'is never %j',
    (name) => {
      expect(isName(name)).toBe(false);
    },
  );

  it('is refused with what it may be', () => {
    expect(NAME_HINT).toBe('use lower case letters, digits and single hyphens, beginning with a letter, at most 40 characters');
  });
});

describe('an image', () => {
  const digest = digestNumber(1);

  it('is read by its digest, after a repository of whatever length', () => {
    expect(parsePinnedImage(`127.0.0.1:5000/shop/web@${digest}`)).toEqual({ repository: '127.0.0.1:5000/shop/web', digest });
    expect(parsePinnedImage(`a@${digest}`)).toEqual({ repository: 'a', digest });
    expect(imagesOfPass({ images: { web: `r/web@${digest}` } })).toEqual({ web: { repository: 'r/web', digest } });
  });

  it('is refused with what was expected, and by the name of what is wrong', () => {
    expect(() => parsePinnedImage(`@${digest}`)).toThrow(MalformedImage);
    expect(() => parsePinnedImage(digest)).toThrow(
      expect.objectContaining({
        name: 'MalformedImage',
        message: `Expected a repository before the digest, as in registry/repository@sha256:…, and saw "${digest}"`,
      }),
    );
    expect(() => parseDigest('sha256:A')).toThrow(MalformedDigest);
    expect(() => parseDigest('sha256:A')).toThrow(
      expect.objectContaining({
        name: 'MalformedDigest',
        message: 'Expected a digest, sha256: and 64 hexadecimal digits in lower case, and saw "sha256:A"',
      }),
    );
    expect(shortDigest(digest)).toBe('sha256:000000000000');
  });

  it('is the same as another by component, repository and digest', () => {
    const web = { repository: 'r/web', digest };
    expect(sameImages({ web }, { web: { ...web } })).toBe(true);
    expect(sameImages({ web }, { api: web })).toBe(false);
    expect(sameImages({ web }, { web, api: web })).toBe(false);
    expect(sameImages({ web }, { web: { ...web, repository: 'r/api' } })).toBe(false);
    expect(sameImages({ web, api: web }, { web, api: { ...web, digest: digestNumber(2) } })).toBe(false);
  });
});

describe('words for people', () => {
  it('say how a component ends what it has begun', () => {
    expect(drainWords({ signal: 'SIGUSR1', until: 'exit', timeoutMs: 60_000 })).toBe('SIGUSR1 until it ends by itself, for at most 1m');
    expect(drainWords({ signal: 'SIGTERM', until: { file: '/tmp/idle' }, timeoutMs: 500 })).toBe(
      'SIGTERM until /tmp/idle is there, for at most 500ms',
    );
  });

  it('say which hosts are meant', () => {
    expect(printSelector({ role: 'web', rack: 'a' })).toBe('role=web, rack=a');
  });

  it('name the secrets that changed in the order of their names', () => {
    expect(changedSecrets({ c: '1', a: '1', same: '1' }, { b: '1', a: '2', same: '1' })).toEqual(['a', 'b', 'c']);
    expect(changedSecrets()).toEqual([]);
  });
});
