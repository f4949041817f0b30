import { parseDigest } from '../domain/digest.ts';
import type { PinnedImage } from '../domain/image.ts';
import { quote } from './problem.ts';
import { type Refusal, text } from './scalars.ts';

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** Whether a text is a host name of RFC 1123 in lower case, an IPv4 address, or an IPv6 address in brackets. */
export function isHost(value: string): boolean {
  if (/^\d+(\.\d+){3}$/.test(value)) return value.split('.').every((part) => Number(part) <= 255);
  if (value.startsWith('[') && value.endsWith(']')) return URL.canParse(`http://${value}/`);
  return HOST_NAME.test(value);
}

/** Splits `host:port`; the port is undefined where there is none. */
export function splitAddress(value: string): { readonly host: string; readonly port: number | undefined } | undefined {
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[^:/@]+)(?::(\d{1,5}))?$/.exec(value) ?? [];
  if (host === undefined || !isHost(host)) return undefined;
  const number = port === undefined ? undefined : Number(port);
  return number === undefined || (number >= 1 && number <= 65_535) ? { host, port: number } : undefined;
}

const schemeHint = (value: string) => (value.includes('://') ? 'take the scheme away' : 'write a host name in lower case or an IP address');

/** A host name or address without a port. */
export const host = () =>
  text({
    expected: 'a host name or an IP address',
    examples: ['10.0.0.11', 'shop-1.example.com'],
    refuse: (value) => (isHost(value) ? undefined : { message: `${quote(value)} is no address`, hint: schemeHint(value) }),
  });

/** A registry as images name it: `host` or `host:port`. */
export const registryAddress = () =>
  text({
    expected: 'a registry address such as 10.0.0.1:5000',
    examples: ['registry.example.com', '10.0.0.1:5000'],
    refuse: (value) => {
      if (splitAddress(value) !== undefined) return undefined;
      const hint = value.includes('://') ? 'write host:port without http://; plainHttp: true tells that it speaks HTTP' : 'write host:port';
      return { message: `${quote(value)} is no registry address`, hint };
    },
  });

/** `host:port`. */
export const hostAndPort = () =>
  text({
    expected: 'an address such as 127.0.0.1:7233',
    examples: ['127.0.0.1:7233'],
    refuse: (value) =>
      splitAddress(value)?.port === undefined
        ? { message: `${quote(value)} is no address with a port`, hint: 'write host:port' }
        : undefined,
  });

/** An http or https URL without credentials, query and fragment. */
export const httpUrl = () =>
  text({
    expected: 'a URL',
    examples: ['https://tidegate.example.com'],
    refuse: refuseHttpUrl,
  });

/** What is wrong with an http or https URL without credentials, query and fragment. */
export function refuseHttpUrl(value: string): Refusal | undefined {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return { message: 'is no http or https URL', hint: 'write https://host' };
  if (url.username !== '' || url.password !== '') return { message: 'holds credentials', hint: 'take user and password out of the URL' };
  return url.search === '' && url.hash === '' ? undefined : { message: 'holds a query or a fragment', hint: 'take ? and # away' };
}

/** The URL of something that is asked how it is; a query may be part of the question. */
export const alarmUrl = () =>
  text({
    expected: 'a URL',
    examples: ['https://shop.example.com/health'],
    refuse: (value) => {
      const url = URL.canParse(value) ? new URL(value) : undefined;
      if (url === undefined || !/^https?:$/.test(url.protocol))
        return { message: 'is no http or https URL', hint: 'write https://host/path' };
      if (url.username === '' && url.password === '') return undefined;
      return { message: 'holds credentials', hint: 'take user and password out of the URL: plans show it' };
    },
  });

/** Docker's grammar of repository names: https://github.com/distribution/reference */
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;

/** A repository's path within its registry. */
export const repositoryPath = () =>
  text({
    expected: 'a repository such as shop/web',
    examples: ['shop/web'],
    pattern: REPOSITORY,
    refuse: (value) => {
      if (value.length <= 200 && REPOSITORY.test(value) && !looksLikeRegistry(value)) return undefined;
      const hint =
        value.includes('@') || /:[^/]*$/.test(value) ? 'leave tag and digest out: a release names the digest' : repositoryHint(value);
      return { message: `${quote(value)} is no repository`, hint };
    },
  });

function repositoryHint(value: string): string {
  if (/[A-Z]/.test(value)) return 'write it in lower case';
  return looksLikeRegistry(value) ? 'write the path alone; the registry is named by the key registry' : 'write a path such as shop/web';
}

function looksLikeRegistry(value: string): boolean {
  const first = value.split('/', 1)[0] ?? '';
  return value.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
}

/** Reads `registry/repository@sha256:…`; what is wrong with it otherwise. */
export function parsePinnedImage(value: string): PinnedImage | Refusal {
  const [repository = '', digest, ...rest] = value.split('@');
  if (refuseRepository(repository) !== undefined || rest.length > 0)
    return { message: `${quote(value)} is no image with a digest`, hint: PIN_HINT };
  if (digest === undefined || !/^sha256:[0-9a-f]{64}$/.test(digest))
    return { message: `${quote(value)} has no digest of sha256`, hint: PIN_HINT };
  return { repository, digest: parseDigest(digest) };
}

const PIN_HINT = "write registry/repository@sha256:… as 'docker image inspect --format {{.RepoDigests}} IMAGE' prints it";

function refuseRepository(value: string): Refusal | undefined {
  const [first = '', ...rest] = value.split('/');
  const path = looksLikeRegistry(value) ? rest.join('/') : value;
  const good = REPOSITORY.test(path) && (path === value || splitAddress(first) !== undefined);
  return good ? undefined : { message: `${quote(value)} is no repository` };
}

/** What is wrong with `registry/path`, a repository that says where it is. */
export function refuseRepositoryWithRegistry(value: string): Refusal | undefined {
  if (value.includes('@') || /:[^/]*$/.test(value))
    return { message: `${quote(value)} is no repository`, hint: 'leave tag and digest out' };
  if (!looksLikeRegistry(value))
    return { message: `${quote(value)} names no registry`, hint: 'begin with the address of one of the registries' };
  return refuseRepository(value);
}

/** What is wrong with a tag. */
export function refuseTag(value: string): Refusal | undefined {
  return TAG.test(value) ? undefined : { message: `${quote(value)} is no tag`, hint: 'letters, digits, _ . and -, at most 128' };
}

/** An image with a tag, a digest or both, as `docker pull` takes it. */
export const imageReference = () =>
  text({
    expected: 'an image',
    examples: ['registry.example.com/tools/mail:2.1'],
    refuse: (value) => {
      const [named = '', digest, ...rest] = value.split('@');
      const [, repository = '', tag] = /^(.*?)(?::([^/:]*))?$/.exec(named) ?? [];
      if (refuseRepository(repository) !== undefined || rest.length > 0)
        return { message: `${quote(value)} is no image`, hint: 'write repository:tag' };
      const badTag = tag === undefined ? undefined : refuseTag(tag);
      if (badTag !== undefined) return badTag;
      if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest)) return { message: 'its digest is none of sha256' };
      return tag === undefined && digest === undefined
        ? { message: 'has neither tag nor digest', hint: 'write repository:tag' }
        : undefined;
    },
  });

export const pinnedImage = () =>
  text({
    expected: 'an image with its digest',
    refuse: (value) => {
      const parsed = parsePinnedImage(value);
      return 'digest' in parsed ? undefined : parsed;
    },
  });
