import type { HashFunction } from './canonical.ts';
import { effectiveCapabilities } from './capabilities.ts';
import { type ContainerForm, containerForm, DEFAULT_PIDS, type EngineHealthCheck, type VolumeMount } from './container.ts';
import { printDuration } from './duration.ts';
import type { Publication, RunSpec, TcpPublication } from './pipeline.ts';
import { isTcp } from './publication.ts';
import type { SecretFile } from './secret-file.ts';
import { printExactSize } from './size.ts';

/** What a container was made with, setting by setting, in words that fit into a label. Settings at their defaults are left out. */
export type Settings = Readonly<Record<string, string>>;

/** A setting that differs; without `from` it is new, without `to` it goes, and without both its value is not for showing. */
export interface SettingChange {
  readonly what: string;
  readonly from?: string;
  readonly to?: string;
}

const LONGEST = 120;
const FINGERPRINT = 12;
const VARIABLE = 'environment ';
const SECRET = 'secret ';

/**
 * A component's container in words. Of a variable only a fingerprint of the configured text, in which a secret is a reference: its
 * value is never here, nor anything made of it. Long texts are cut, and keep a fingerprint.
 */
export function settingsInWords(run: RunSpec, hash: HashFunction): Settings {
  const form = containerForm(run);
  const variables = Object.entries(form.environment).map(([name, text]) => [`${VARIABLE}${name}`, fingerprint(text, hash)]);
  const secrets = (form.secrets ?? []).map((secret) => [`${SECRET}${secret.name}`, fingerprint(secretWords(secret), hash)]);
  const words = Object.entries({ ...processWords(form), ...limitWords(form), ...surroundingWords(form) });
  const given = words.flatMap(([what, text]) => (text === undefined || text === '' ? [] : [[what, short(text, hash)]]));
  return Object.fromEntries([...variables, ...secrets, ...given]);
}

/** The settings that differ between two containers, in the order of their names. */
export function settingChanges(from: Settings, to: Settings): readonly SettingChange[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort((a, b) => (a < b ? -1 : 1));
  return names.filter((what) => from[what] !== to[what]).map((what) => changeOf(what, from[what], to[what]));
}

function changeOf(what: string, from: string | undefined, to: string | undefined): SettingChange {
  const isHidden = [VARIABLE, SECRET].some((kind) => what.startsWith(kind));
  const shown = (text: string): string => (isHidden ? 'set' : text);
  if (from !== undefined && to !== undefined && isHidden) return { what };
  return { what, ...(from !== undefined && { from: shown(from) }), ...(to !== undefined && { to: shown(to) }) };
}

function secretWords({ value, uid, gid, mode }: SecretFile): string {
  return `${value} ${uid}:${gid} ${mode.toString(8)}`;
}

type Words = Record<string, string | undefined>;

function processWords(form: ContainerForm): Words {
  const { entrypoint, command, user, workingDirectory, hostname, stopSignal, init, health } = form;
  return {
    entrypoint: entrypoint && line(entrypoint),
    command: command && line(command),
    user,
    'working directory': workingDirectory,
    'host name': hostname,
    'stop signal': stopSignal,
    'stop grace': `${form.stopGraceSeconds}s`,
    init: init ? undefined : 'off',
    'health check': health && healthWords(health),
  };
}

function limitWords(form: ContainerForm): Words {
  const { memoryBytes: memory, swapBytes: swap, memoryReservationBytes: reservation, shmBytes: shm, cpus, capabilities, pids } = form;
  const ulimits = Object.entries(form.ulimits).map(([name, { soft, hard }]) => [
    `ulimit ${name}`,
    soft === hard ? `${soft}` : `${soft} to ${hard}`,
  ]);
  const usual = effectiveCapabilities().join(' ');
  return {
    ...Object.fromEntries(ulimits),
    'read-only root': form.readOnlyRoot ? 'on' : undefined,
    'no new privileges': form.noNewPrivileges ? undefined : 'off',
    capabilities: capabilities.join(' ') === usual ? undefined : capabilities.join(' ') || 'none',
    pids: pids === DEFAULT_PIDS ? undefined : String(pids),
    memory: memory === undefined ? undefined : printExactSize(memory),
    swap: swap === undefined ? undefined : printExactSize(swap),
    'memory reservation': reservation === undefined ? undefined : printExactSize(reservation),
    'shared memory': shm === undefined ? undefined : printExactSize(shm),
    cpus: cpus === undefined ? undefined : String(cpus),
  };
}

function surroundingWords(form: ContainerForm): Words {
  const { publish, logging, aliases, networks } = form;
  const options = Object.entries(logging.options).map(([name, value]) => `${name}=${value}`);
  const isUsual = logging.driver === 'local' && options.length === 0;
  return {
    ...Object.fromEntries(form.volumes.map((volume) => [`mount ${volume.path}`, mountWords(volume)])),
    ...Object.fromEntries(Object.entries(form.extraHosts).map(([name, address]) => [`extra host ${name}`, address])),
    ...Object.fromEntries(Object.entries(form.labels).map(([name, value]) => [`label ${name}`, value === '' ? 'empty' : value])),
    publication: publish && publicationWords(publish),
    aliases: aliases.join(' '),
    networks: networks.join(' '),
    logging: isUsual ? undefined : [logging.driver, ...options].join(' '),
  };
}

function mountWords(volume: VolumeMount): string {
  if ('tmpfs' in volume) return `tmpfs of ${printExactSize(volume.tmpfs.sizeBytes)}, mode ${volume.tmpfs.mode.toString(8)}`;
  const source = 'bind' in volume ? `folder ${volume.bind}` : `volume ${volume.name}`;
  return volume.readOnly === true ? `${source}, read-only` : source;
}

function publicationWords(publish: Publication): string {
  if (isTcp(publish)) return `tcp ${tcpWords(publish.tcp)} to port ${publish.port}`;
  const { port, host, path, identityPath } = publish;
  return `${host}${path} to port ${port}, identity at ${identityPath}`;
}

function tcpWords(tcp: TcpPublication['tcp']): string {
  if (typeof tcp === 'number') return `port ${tcp}`;
  const named = Object.entries(tcp).sort(([a], [b]) => (a < b ? -1 : 1));
  return named.map(([environment, port]) => `port ${port} in ${environment}`).join(', ');
}

function healthWords({ command, intervalMs, timeoutMs, startPeriodMs, failures }: EngineHealthCheck): string {
  const start = startPeriodMs === 0 ? '' : ` after ${printDuration(startPeriodMs)}`;
  return `${line(command)} every ${printDuration(intervalMs)} within ${printDuration(timeoutMs)}, ${failures} failures${start}`;
}

function line(words: readonly string[]): string {
  return words.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
}

function short(text: string, hash: HashFunction): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (${fingerprint(text, hash)})`;
}

function fingerprint(text: string, hash: HashFunction): string {
  return hash(text)
    .replace(/^[a-z0-9]+:/, '')
    .slice(0, FINGERPRINT);
}
