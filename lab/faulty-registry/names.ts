import { refusal } from './answers.ts';

const NAME = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const DIGEST = /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export function isName(text: string): boolean {
  return NAME.test(text);
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

export const notADigest = (text: string) => refusal(400, 'DIGEST_INVALID', `${text} is no digest`);
export const noManifest = (reference: string) => refusal(404, 'MANIFEST_UNKNOWN', `no manifest ${reference}`);
export const noBlob = (digest: string) => refusal(404, 'BLOB_UNKNOWN', `no blob ${digest}`);
export const noRepository = (name: string) => refusal(404, 'NAME_UNKNOWN', `no repository ${name}`);
export const noUpload = (upload: string) => refusal(404, 'BLOB_UPLOAD_UNKNOWN', `no upload ${upload}`);
export const notDone = () => refusal(405, 'UNSUPPORTED', 'the operation is unsupported');
