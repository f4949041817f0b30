import { type Digest, MalformedDigest, parseDigest } from './digest.ts';

/** What a manifest says of a piece of content (OCI image-spec, "Content Descriptors"). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  /** Where foreign layers are to be fetched; they are never uploaded. */
  readonly urls?: readonly string[];
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

interface Common {
  readonly mediaType: string;
  /** What kind of artifact it is; absent for plain images. */
  readonly artifactType?: string;
  /** What it says something about: it is a referrer of that. */
  readonly subject?: Descriptor;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A manifest's content, read and judged. Layers of unknown media types are content like any other. */
export type ManifestContent =
  | (Common & { readonly kind: 'image'; readonly config: Descriptor; readonly layers: readonly Descriptor[] })
  | (Common & { readonly kind: 'index'; readonly manifests: readonly Descriptor[] })
  /** The OCI artifact manifest of the release candidates of image-spec 1.1, which registries still hold. */
  | (Common & { readonly kind: 'artifact'; readonly blobs: readonly Descriptor[] });

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_ARTIFACT = 'application/vnd.oci.artifact.manifest.v1+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** Every media type of a manifest that is read, in the order in which it is asked for. */
export const MANIFEST_TYPES: readonly string[] = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST, OCI_ARTIFACT];

/** Manifests of Docker's first schema have no digest that names their content. */
const SCHEMA_ONE = /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/;

/** What servers call files that they know nothing of. */
const GENERAL_TYPES = ['', 'application/json', 'application/octet-stream', 'text/plain'];

/** Bytes: what registries must take at least, and what none should exceed (distribution-spec, "Pushing Manifests"). */
export const LARGEST_MANIFEST = 4 * 1024 * 1024;
const MOST_CHILDREN = 4096;
const MOST_ANNOTATIONS = 1024;
const LONGEST_TYPE = 255;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a manifest of which nothing is believed yet. `mediaType` is what the registry calls it, `''` or a general JSON type when it
 * does not say. Throws SchemaOneUnsupported or ManifestMalformed.
 */
export function readManifest(mediaType: string, text: string): ManifestContent {
  const fields = parseObject(text);
  const type = typeOf(mediaType, fields);
  const common = commonOf(type, fields);
  if (isIndexType(type)) return { kind: 'index', ...common, manifests: descriptors(fields, 'manifests', 'layers', 'config') };
  if (type === OCI_ARTIFACT) return { kind: 'artifact', ...common, blobs: fields.blobs === undefined ? [] : descriptors(fields, 'blobs') };
  return { kind: 'image', ...common, config: readDescriptor(fields.config, 'config'), layers: descriptors(fields, 'layers', 'manifests') };
}

/** What must be there before the manifest can be: an index's manifests, an image's config and layers, an artifact's blobs. */
export function childrenOf(content: ManifestContent): readonly Descriptor[] {
  if (content.kind === 'index') return content.manifests;
  return content.kind === 'image' ? [content.config, ...content.layers] : content.blobs;
}

/** Whether a media type is one of indexes: manifests that name others. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
}

/** Whether a media type is one of manifests, schema 1 included. */
export function isManifestType(mediaType: string): boolean {
  return MANIFEST_TYPES.includes(mediaType) || SCHEMA_ONE.test(mediaType);
}

/** How a manifest is listed among its subject's referrers (distribution-spec, "Listing Referrers"). */
export function referrerOf(content: ManifestContent, digest: Digest, size: number): Descriptor {
  const config = content.kind === 'image' ? content.config.mediaType : undefined;
  const artifactType = content.artifactType ?? config;
  return {
    mediaType: content.mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(Object.keys(content.annotations).length > 0 && { annotations: content.annotations }),
  };
}

function parseObject(text: string): Fields {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new ManifestMalformed('it is no JSON');
  }
  return object(parsed, 'it');
}

function typeOf(mediaType: string, fields: Fields): string {
  const own = fields.mediaType;
  if (SCHEMA_ONE.test(mediaType) || fields.schemaVersion === 1) throw new SchemaOneUnsupported();
  const said = isManifestType(mediaType) ? mediaType : undefined;
  if (own !== undefined && (typeof own !== 'string' || (said !== undefined && own !== said)))
    // Two readers that believe different words would see different images (GHSA-mc8v-mgrf-8f4m).
    throw new ManifestMalformed(`it calls itself ${quoted(own)}, and the registry calls it ${quoted(mediaType)}`);
  if (said === undefined && !GENERAL_TYPES.includes(mediaType))
    throw new ManifestMalformed(`it is of type ${quoted(mediaType)}, not an image's manifest or index`);
  const type = said ?? own ?? shapeOf(fields);
  if (!isManifestType(type)) throw new ManifestMalformed(`it is of type ${quoted(type)}, not an image's manifest or index`);
  const isArtifact = type === OCI_ARTIFACT;
  if (!isArtifact && fields.schemaVersion !== 2) throw new ManifestMalformed(`its schemaVersion is ${quoted(fields.schemaVersion)}, not 2`);
  return type;
}

function shapeOf(fields: Fields): string {
  return Array.isArray(fields.manifests) ? OCI_INDEX : OCI_MANIFEST;
}

function commonOf(mediaType: string, fields: Fields): Common {
  const { artifactType, subject } = fields;
  return {
    mediaType,
    ...(artifactType !== undefined && artifactType !== '' && { artifactType: type(artifactType, 'artifactType') }),
    ...(subject !== undefined && subject !== null && { subject: readDescriptor(subject, 'subject') }),
    annotations: annotationsOf(fields.annotations, 'annotations'),
  };
}

function descriptors(fields: Fields, name: string, ...others: readonly string[]): readonly Descriptor[] {
  const other = others.find((key) => fields[key] !== undefined);
  if (other !== undefined) throw new ManifestMalformed(`it has ${other}, and is to be read by its ${name}`);
  const list = fields[name];
  // Go prints an empty list that was never made as null.
  if (list === null) return [];
  if (!Array.isArray(list)) throw new ManifestMalformed(`its ${name} is no list`);
  if (list.length > MOST_CHILDREN) throw new ManifestMalformed(`its ${name} has ${list.length} entries, more than ${MOST_CHILDREN}`);
  return list.map((entry, index) => readDescriptor(entry, `${name}[${index}]`));
}

/** Reads one descriptor; `where` is its place, for messages. Throws ManifestMalformed. */
export function readDescriptor(value: unknown, where: string): Descriptor {
  const { mediaType, digest, size, artifactType, annotations, platform, urls } = object(value, where);
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw new ManifestMalformed(`${where}.size is ${quoted(size)}`);
  return {
    mediaType: type(mediaType, `${where}.mediaType`),
    digest: digestOf(digest, `${where}.digest`),
    size,
    ...(typeof artifactType === 'string' && artifactType !== '' && { artifactType: type(artifactType, `${where}.artifactType`) }),
    ...(annotations !== undefined && annotations !== null && { annotations: annotationsOf(annotations, `${where}.annotations`) }),
    ...(platform !== undefined && platform !== null && { platform: platformOf(platform, `${where}.platform`) }),
    ...(urls !== undefined && urls !== null && { urls: urlsOf(urls, `${where}.urls`) }),
  };
}

function digestOf(value: unknown, where: string): Digest {
  if (typeof value !== 'string') throw new ManifestMalformed(`${where} is ${quoted(value)}`);
  try {
    return parseDigest(value);
  } catch (error) {
    if (!(error instanceof MalformedDigest)) throw error;
    throw new ManifestMalformed(`${where} is ${quoted(value)}, and sha256 alone is read`);
  }
}

function platformOf(value: unknown, where: string): Platform {
  const { os, architecture, variant } = object(value, where);
  return {
    os: word(os ?? '', `${where}.os`),
    architecture: word(architecture ?? '', `${where}.architecture`),
    ...(variant !== undefined && variant !== '' && { variant: word(variant, `${where}.variant`) }),
  };
}

function annotationsOf(value: unknown, where: string): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  const entries = Object.entries(object(value, where));
  if (entries.length > MOST_ANNOTATIONS)
    throw new ManifestMalformed(`${where} has ${entries.length} entries, more than ${MOST_ANNOTATIONS}`);
  const wrong = entries.find(([, text]) => typeof text !== 'string');
  if (wrong !== undefined) throw new ManifestMalformed(`${where}[${quoted(wrong[0])}] is no text`);
  // Not by assignment: a key may be `__proto__`.
  return Object.fromEntries(entries.map(([key, text]) => [key, String(text)]));
}

function urlsOf(value: unknown, where: string): readonly string[] {
  if (!Array.isArray(value) || value.length > MOST_CHILDREN) throw new ManifestMalformed(`${where} is no list of addresses`);
  return value.map((url) => word(url, where, 4096));
}

function type(value: unknown, where: string): string {
  if (typeof value === 'string' && value.length <= LONGEST_TYPE && /^[\x21-\x7e]+(?:;[\x20-\x7e]*)?$/.test(value)) return value;
  throw new ManifestMalformed(`${where} is ${quoted(value)}, no media type`);
}

function word(value: unknown, where: string, longest = LONGEST_TYPE): string {
  if (typeof value === 'string' && value.length <= longest) return value;
  throw new ManifestMalformed(`${where} is ${quoted(value)}`);
}

function object(value: unknown, where: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.fromEntries(Object.entries(value));
  throw new ManifestMalformed(`${where} is ${quoted(value)}, no object`);
}

/** What was seen. Free text is not repeated: a registry may have put there what we sent it. */
function quoted(value: unknown): string {
  if (value === undefined) return 'absent';
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (typeof value !== 'string') return Array.isArray(value) ? 'a list' : 'an object';
  const isPlain = value.length <= 100 && (/^[a-z0-9.+-]+\/[a-z0-9.+-]+$/.test(value) || /^[a-z0-9+._-]+:[0-9a-f]{32,}$/.test(value));
  return isPlain ? JSON.stringify(value) : `a text of ${value.length} characters`;
}

/** A manifest that cannot be what it claims to be. The room that asked for it says from where. Terminal. */
export class ManifestMalformed extends Error {
  override readonly name = 'ManifestMalformed';

  constructor(
    readonly reason: string,
    image = 'the manifest',
  ) {
    super(`Expected ${image} to be a manifest as the OCI image specification says, and ${reason}. Push it again with a current tool`);
  }
}

/** A manifest of Docker's first schema. Terminal. */
export class SchemaOneUnsupported extends Error {
  override readonly name = 'SchemaOneUnsupported';

  constructor(image = 'the manifest') {
    super(
      `Expected ${image} to be of Docker's second schema or of OCI, and it is of schema 1, whose digest does not name its content. Pull it and push it again with a current docker`,
    );
  }
}
