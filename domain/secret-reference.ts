declare const referenceBrand: unique symbol;

/** The name of a secret, `${env:NAME}` or `${file:PATH}`; never its value, so it may be stored and shown. */
export type SecretReference = string & { readonly [referenceBrand]: true };

/** A piece of a configured text: as written, or a secret to be put in its place. */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'env'; readonly name: string; readonly reference: SecretReference }
  | { readonly kind: 'file'; readonly path: string; readonly reference: SecretReference };

/** `$${` stands for a `${` that is no reference; `${NAME}` and `${NAME:-…}` belong to shells and are left alone. */
const PIECE = /\$\$\{|\$\{([a-zA-Z]+):(?![-=+?])([^}]*)(\}?)/g;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/;

/**
 * Splits a configured text at its references to secrets.
 * Throws MalformedReference where `${…:` begins what is neither `${env:NAME}` nor `${file:PATH}`.
 */
export function splitReferences(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(PIECE)) {
    const before = text.slice(end, match.index);
    end = match.index + match[0].length;
    if (before !== '') parts.push({ kind: 'text', text: before });
    parts.push(match[0] === '$${' ? { kind: 'text', text: '${' } : readReference(match[0], match[1], match[2], match[3]));
  }
  return end < text.length ? [...parts, { kind: 'text', text: text.slice(end) }] : parts;
}

function readReference(whole: string, kind = '', value = '', close = ''): TextPart {
  if (close === '') throw new MalformedReference(whole, 'it has no closing brace');
  const reference = whole as SecretReference;
  if (kind === 'env') {
    if (!VARIABLE.test(value)) throw new MalformedReference(whole, 'an environment variable is named by letters, digits and underscores');
    return { kind, name: value, reference };
  }
  if (kind !== 'file') throw new MalformedReference(whole, `'${kind}' is no kind of secret`);
  if (value === '' || value.trim() !== value || value.includes('\0')) throw new MalformedReference(whole, 'it names no file');
  return { kind, path: value, reference };
}

/** The references in a configured text. Throws MalformedReference. */
export function secretReferences(text: string): readonly SecretReference[] {
  return splitReferences(text).flatMap((part) => (part.kind === 'text' ? [] : [part.reference]));
}

/** True when a text is one reference and nothing else, as secrets are configured. Throws MalformedReference. */
export function isSecretReference(text: string): text is SecretReference {
  const parts = splitReferences(text);
  return parts.length === 1 && parts[0]?.kind !== 'text';
}

export class MalformedReference extends Error {
  override readonly name = 'MalformedReference';

  constructor(
    readonly reference: string,
    readonly reason: string,
  ) {
    super(`Expected \${env:NAME} or \${file:PATH} and saw ${JSON.stringify(reference)}: ${reason}. For a plain \${ write $\${`);
  }
}
