/** Something that is attached to an image and may say something about it. Nothing of it is believed. */
export type EvidenceDocument =
  /** cosign's first format: a payload, and its signature beside it (base64). */
  | { readonly kind: 'simple-signing'; readonly source: string; readonly payload: Uint8Array; readonly signature: string }
  /** A DSSE envelope, or the Sigstore bundle around one. */
  | { readonly kind: 'dsse' | 'bundle'; readonly source: string; readonly bytes: Uint8Array }
  /** It is there, and was not read. */
  | { readonly kind: 'unread'; readonly source: string; readonly reason: string };

export const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const DSSE_ENVELOPE = 'application/vnd.dsse.envelope.v1+json';
export const SIGSTORE_BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** Where cosign says what a statement is about: of a bundle on its manifest, of its first format on the layer. */
export const PREDICATE_ANNOTATIONS = ['dev.sigstore.bundle.predicateType', 'predicateType'];

/** Where cosign's first format has the signature of a layer. */
export const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';

const COSIGN_REFERRER = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const NOTATION = 'application/vnd.cncf.notary.signature';

/** Whether an artifact of this type may hold signatures; of one that does not say what it is, only its content tells. */
export function mayBeEvidence(artifactType: string | undefined): boolean {
  if (artifactType === undefined || artifactType === '') return true;
  return [DSSE_ENVELOPE, COSIGN_REFERRER, NOTATION].includes(artifactType) || /^application\/vnd\.dev\.sigstore\.bundle/.test(artifactType);
}

/** Whether content of this type is a signature that is not read here: the reason then says so, as somebody takes it for one. */
export function isForeignSignature(mediaType: string): boolean {
  return /notary|jose|cose|sigstore|dsse|cosign/.test(mediaType);
}
