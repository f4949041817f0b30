import type { Finding } from './document.ts';
import type { InstallationDocument } from './installation-schema.ts';

/** What certificates and ports for TLS mean together. */
export function tlsFindings({ router, hosts, environments }: InstallationDocument): Finding[] {
  return [
    ...hosts.flatMap((host, index) => samePort(host.https ?? router.https, host.port ?? router.port, host, index, router.tcp)),
    ...environments.flatMap(({ tls, hosts: names }, index) => {
      const without = hosts.find((host) => names.includes(host.name) && host.https === undefined);
      const path = ['environments', index, 'tls'];
      const portless = tls === undefined || router.https !== undefined || without === undefined ? [] : [noPort(without.name, path)];
      return [...portless, ...twice(tls?.certificates ?? [], [...path, 'certificates'])];
    }),
  ];
}

function noPort(host: string, path: Finding['path']): Finding {
  return { path, message: `has certificates, and ${host} has no port for TLS`, hint: 'write router.https: 443' };
}

function samePort(
  https: number | undefined,
  http: number,
  { name }: InstallationDocument['hosts'][number],
  index: number,
  tcp: readonly number[],
): Finding[] {
  if (https === undefined || (https !== http && !tcp.includes(https))) return [];
  return [
    { path: ['hosts', index], message: `${name} would have port ${https} for TLS and for something else`, hint: 'choose another one' },
  ];
}

function twice(certificates: readonly { readonly name: string }[], path: Finding['path']): Finding[] {
  const names = certificates.map(({ name }) => name);
  return names.flatMap((name, index) =>
    names.indexOf(name) < index ? [{ path: [...path, index, 'name'], message: `${name} is there twice` }] : [],
  );
}
