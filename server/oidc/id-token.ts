import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { OutsideUnavailable, Unauthenticated } from '../problems.ts';
import { ProviderUntrusted } from './provider-keys.ts';

export interface IdTokenRules {
  readonly issuer: string;
  readonly client: string;
  readonly nameClaim: string;
  readonly groupsClaim: string;
  readonly clockToleranceMs: number;
}

/** What a provider says of somebody. */
export interface SignedClaims {
  readonly subject: string;
  readonly name: string | undefined;
  readonly groups: readonly string[];
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** Signatures that only the provider can make: no `none`, and no HS256, whose key would be one that everybody can read. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

const AGAIN = "sign in again with 'tidegate login'";

/** Three parts, of which the first is the JSON of a header: https://www.rfc-editor.org/rfc/rfc7519#section-3 */
export function looksLikeJwt(credential: string): boolean {
  return /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(credential);
}

/**
 * Checks an ID token by OpenID Connect Core 1.0, section 3.1.3.7. Throws Unauthenticated, without a word of the token, and OutsideUnavailable
 * where the provider's keys cannot be read.
 */
export async function verifyIdToken(token: string, rules: IdTokenRules, keys: JWTVerifyGetKey): Promise<SignedClaims> {
  const { payload, protectedHeader } = await verified(token, rules, keys);
  // Access and logout tokens are signed by the same keys.
  const type = protectedHeader.typ?.toLowerCase();
  if (type !== undefined && type !== 'jwt') throw refused('is no ID token');
  const said = payload.typ;
  if (typeof said === 'string' && said.toLowerCase() !== 'id') throw refused('is no ID token');
  const isShared = Array.isArray(payload.aud) && payload.aud.length > 1;
  if ((isShared || payload.azp !== undefined) && payload.azp !== rules.client) throw refused('was issued to another client');
  if (Number(payload.iat) * 1_000 > Date.now() + rules.clockToleranceMs) throw refused('is not valid yet');
  return {
    subject: String(payload.sub),
    name: text(payload[rules.nameClaim]),
    groups: texts(payload[rules.groupsClaim]),
    expiresAt: new Date(Number(payload.exp) * 1_000).toISOString(),
  };
}

async function verified(token: string, { issuer, client, clockToleranceMs }: IdTokenRules, keys: JWTVerifyGetKey) {
  try {
    return await jwtVerify<JWTPayload>(token, keys, {
      issuer,
      audience: client,
      algorithms: ALGORITHMS,
      clockTolerance: Math.ceil(clockToleranceMs / 1_000),
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
    });
  } catch (error) {
    throw explained(error, issuer);
  }
}

function explained(error: unknown, issuer: string): Error {
  if (error instanceof errors.JWTExpired) return refused('has expired', error);
  if (error instanceof errors.JWTClaimValidationFailed) return refused(CLAIMS[error.claim] ?? `has a wrong ${error.claim}`, error);
  if (error instanceof errors.JOSEAlgNotAllowed) return refused('is signed in a way that proves nothing', error);
  if (SIGNATURES.some((kind) => error instanceof kind)) return refused(`is not signed by ${issuer}`, error);
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) return refused('is damaged', error);
  const seen = error instanceof ProviderUntrusted ? error.message : `The keys of ${issuer} cannot be read now`;
  return new OutsideUnavailable(seen, 'nobody can sign in there until its keys can be read; tokens work meanwhile', { cause: error });
}

const SIGNATURES = [
  errors.JWSSignatureVerificationFailed,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JOSENotSupported,
];

const CLAIMS: Readonly<Record<string, string>> = {
  iss: 'is of another issuer',
  aud: 'is for another client',
  nbf: 'is not valid yet',
};

function refused(seen: string, cause?: unknown): Unauthenticated {
  return new Unauthenticated(`The request's sign-in ${seen}`, AGAIN, { cause });
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Some providers send one group as a text. */
function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
