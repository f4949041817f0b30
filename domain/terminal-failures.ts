/**
 * Failures that trying again cannot mend, by the name of their class: what Temporal matches in `nonRetryableErrorTypes`.
 * These names are wire format. `test/house/terminal-failures.test.ts` holds them against the classes.
 */
export const TERMINAL_FAILURES: readonly string[] = [
  'BuildFailed',
  'CompanionFailed',
  'CompanionNotFound',
  'ComponentWithoutImage',
  'ContainerFailed',
  'ContainerMissing',
  'ContextUnreadable',
  'DigestMismatch',
  'DiskFull',
  'EngineRefused',
  'GitHubRefused',
  'HostFailed',
  'ImageNotFound',
  'LabelsUnreadable',
  'MalformedDigest',
  'MalformedReference',
  'NameTaken',
  'PipelineInvalid',
  'PortTaken',
  'RegistryRefused',
  'RouteMalformed',
  'RouteTaken',
  'RouterDiffers',
  'RouterFull',
  'RouterImageMissing',
  'SecretMissing',
  'SourceNotConfigured',
  'ServerUnknown',
  'Superseded',
  'UnknownApplication',
  'UnknownCommit',
  'UnknownEnvironment',
  'UnknownHost',
  'UnknownPath',
  'UnknownRelease',
];

/** What ends even a way back: there is nothing left for it to put back, or nowhere. */
export const TERMINAL_FOR_THE_WAY_BACK: readonly string[] = ['Superseded', 'UnknownHost'];
