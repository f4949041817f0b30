/** What a request's path and method ask for (distribution-spec, "Endpoints"). */
export type Route =
  | { readonly operation: 'ping' | 'token' | 'elsewhere'; readonly name?: undefined }
  | {
      readonly operation: 'getManifest' | 'headManifest' | 'putManifest' | 'deleteManifest';
      readonly name: string;
      readonly reference: string;
    }
  | { readonly operation: 'getBlob' | 'headBlob' | 'deleteBlob' | 'referrers'; readonly name: string; readonly digest: string }
  | { readonly operation: 'openUpload' | 'mountBlob' | 'listTags'; readonly name: string }
  | {
      readonly operation: 'sendChunk' | 'finishUpload' | 'askUpload' | 'cancelUpload';
      readonly name: string;
      readonly upload: string;
    };

export type Operation = Route['operation'];

const PATTERNS = {
  manifest: /^\/v2\/(?<name>.+)\/manifests\/(?<last>[^/]+)$/,
  upload: /^\/v2\/(?<name>.+)\/blobs\/uploads\/(?<last>[^/]+)$/,
  uploads: /^\/v2\/(?<name>.+)\/blobs\/uploads\/?$/,
  blob: /^\/v2\/(?<name>.+)\/blobs\/(?<last>[^/]+)$/,
  referrers: /^\/v2\/(?<name>.+)\/referrers\/(?<last>[^/]+)$/,
  tags: /^\/v2\/(?<name>.+)\/tags\/list$/,
} as const;

const MANIFEST_CALLS = { GET: 'getManifest', HEAD: 'headManifest', PUT: 'putManifest', DELETE: 'deleteManifest' } as const;
const BLOB_CALLS = { GET: 'getBlob', HEAD: 'headBlob', DELETE: 'deleteBlob' } as const;
const UPLOAD_CALLS = { GET: 'askUpload', PATCH: 'sendChunk', PUT: 'finishUpload', DELETE: 'cancelUpload' } as const;

const ELSEWHERE = { operation: 'elsewhere' } as const;

export function routeOf(method: string, url: URL): Route {
  const path = decodeURIComponent(url.pathname);
  if (path === '/token') return { operation: 'token' };
  if (path === '/v2/' || path === '/v2') return { operation: 'ping' };
  for (const [kind, pattern] of Object.entries(PATTERNS)) {
    const { name, last = '' } = pattern.exec(path)?.groups ?? {};
    if (name !== undefined) return call(kind as keyof typeof PATTERNS, method, url, name, last);
  }
  return ELSEWHERE;
}

function call(kind: keyof typeof PATTERNS, method: string, url: URL, name: string, last: string): Route {
  switch (kind) {
    case 'manifest':
      return isOf(MANIFEST_CALLS, method) ? { operation: MANIFEST_CALLS[method], name, reference: last } : ELSEWHERE;
    case 'blob':
      return isOf(BLOB_CALLS, method) ? { operation: BLOB_CALLS[method], name, digest: last } : ELSEWHERE;
    case 'upload':
      return isOf(UPLOAD_CALLS, method) ? { operation: UPLOAD_CALLS[method], name, upload: last } : ELSEWHERE;
    case 'uploads':
      return method === 'POST' ? { operation: url.searchParams.has('mount') ? 'mountBlob' : 'openUpload', name } : ELSEWHERE;
    case 'referrers':
      return method === 'GET' ? { operation: 'referrers', name, digest: last } : ELSEWHERE;
    case 'tags':
      return method === 'GET' ? { operation: 'listTags', name } : ELSEWHERE;
  }
}

function isOf<T extends object>(calls: T, method: string): method is keyof T & string {
  return Object.hasOwn(calls, method);
}
