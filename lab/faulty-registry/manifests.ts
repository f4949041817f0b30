/** What a manifest says of the things it is made of. */
export interface Child {
  readonly kind: 'manifest' | 'blob';
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
  /** Whether it is fetched elsewhere and never uploaded. */
  readonly foreign: boolean;
}

export interface ParsedManifest {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly configType?: string;
  readonly subject?: string;
  readonly children: readonly Child[];
}

interface Written {
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly config?: WrittenDescriptor;
  readonly layers?: readonly WrittenDescriptor[];
  readonly manifests?: readonly WrittenDescriptor[];
  readonly subject?: WrittenDescriptor;
}

interface WrittenDescriptor {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
  readonly urls?: readonly string[];
}

/** Reads an image's manifest or index; undefined when the bytes are none. */
export function parseManifest(bytes: Buffer): ParsedManifest | undefined {
  const written = read(bytes);
  if (written === undefined) return undefined;
  const { mediaType, artifactType, annotations, config, layers = [], manifests = [], subject } = written;
  const blobs = [...(config === undefined ? [] : [config]), ...layers].map((descriptor) => childOf('blob', descriptor));
  return {
    ...(mediaType !== undefined && { mediaType }),
    ...(artifactType !== undefined && artifactType !== '' && { artifactType }),
    ...(annotations !== undefined && { annotations }),
    ...(config !== undefined && { configType: config.mediaType }),
    ...(subject !== undefined && { subject: subject.digest }),
    children: [...blobs, ...manifests.map((descriptor) => childOf('manifest', descriptor))],
  };
}

function read(bytes: Buffer): Written | undefined {
  try {
    const written: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof written === 'object' && written !== null && !Array.isArray(written) ? written : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function childOf(kind: Child['kind'], { digest, size, mediaType, urls }: WrittenDescriptor): Child {
  return { kind, digest, size, mediaType, foreign: (urls ?? []).length > 0 };
}
