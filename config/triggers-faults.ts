import type { Finding, Path } from './document.ts';
import type { InstallationDocument } from './installation-schema.ts';

/** What is wrong with triggers, and with who may send what they wait for. */
export function triggerFindings(document: InstallationDocument): Finding[] {
  return [
    ...document.applications.flatMap(({ triggers }, index) =>
      triggers.flatMap((_trigger, at) => oneTrigger(document, index, at, ['applications', index, 'triggers', at])),
    ),
    ...document.webhooks.flatMap(({ registry }, index) => {
      const names = document.registries.map(({ name }) => name);
      if (registry === undefined || names.includes(registry)) return [];
      return [
        { path: ['webhooks', index, 'registry'], message: `no registry is named ${registry}`, hint: `there are ${names.join(', ')}` },
      ];
    }),
    ...twins(
      document.people.map(({ github }) => github),
      (index) => ['people', index, 'github'],
      'is the account of two people',
    ),
    ...twins(
      document.webhooks.map(({ name }) => name),
      (index) => ['webhooks', index, 'name'],
      'is there twice',
    ),
  ];
}

function oneTrigger({ applications, github, webhooks }: InstallationDocument, index: number, at: number, path: Path): Finding[] {
  const application = applications[index];
  const trigger = application?.triggers[at];
  if (application === undefined || trigger === undefined) return [];
  if (trigger.on === 'image') {
    const names = webhooks.map(({ name }) => name);
    if (names.includes(trigger.from)) return [];
    return [{ path: [...path, 'from'], message: `no webhook is named ${trigger.from}`, hint: `there are ${names.join(', ') || 'none'}` }];
  }
  if (application.github === undefined)
    return [
      { path, message: 'waits for GitHub, and the application has no repository there', hint: 'add github: { repository: owner/name }' },
    ];
  if (github?.webhooks !== undefined || github?.app?.webhookSecret !== undefined) return [];
  return [{ path, message: 'waits for GitHub, whose webhooks nobody would believe', hint: 'add github.webhooks.secrets' }];
}

/** All but the first of what is there twice. */
function twins(values: readonly (string | number | undefined)[], pathOf: (index: number) => Path, message: string): Finding[] {
  return values.flatMap((value, index) =>
    value !== undefined && values.indexOf(value) < index ? [{ path: pathOf(index), message: `${value} ${message}` }] : [],
  );
}
