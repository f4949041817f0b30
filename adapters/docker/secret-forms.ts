import { plainText } from './log-text.ts';

/** Anything shorter is found in ordinary words as well. */
const SHORTEST = 4;

/** `user:password@` of an address; once up to the first `@` and once up to the last, as not everyone escapes theirs. */
const USERINFO = [/:\/\/([^\s/?#:@]*):([^\s@]+)@/g, /:\/\/([^\s/?#:@]*):(\S+)@/g];
/** `password=…`, `"private_key": "…"`, as drivers and key files write it. */
const ASSIGNED = /(?:pass\w*|pwd|secret|token|\w*key|sig\w*)"?\s*[=:]\s*["']?([^\s;&,"']+)/gi;
/** `Bearer …`. */
const SCHEME = /^\s*\w+\s+(\S+)\s*$/;

/**
 * All texts under which a secret value may be printed: itself, its lines, a password within it, and these escaped for
 * JSON or an address, or in base64. Texts under four characters are left out.
 */
export function secretForms(value: string): readonly string[] {
  const lines = [value, ...secretParts(value)].flatMap((part) => [part, ...part.split(/[\r\n]+/)]);
  const forms = lines.map((line) => line.trim()).flatMap((line) => (line.length < SHORTEST ? [] : written(line)));
  return [...new Set([value, ...forms].map(plainText))].filter((form) => form.length >= SHORTEST);
}

function secretParts(value: string): string[] {
  const passwords = USERINFO.flatMap((pattern) => [...value.matchAll(pattern)]).flatMap(([, user = '', password = '']) => [
    password,
    `${user}:${password}`,
  ]);
  const assigned = [...value.matchAll(ASSIGNED)].map(([, text = '']) => text);
  return [...passwords, ...assigned, SCHEME.exec(value)?.[1] ?? ''];
}

function written(text: string): string[] {
  const plain = unescaped(text);
  return [...new Set([text, plain])].flatMap((form) => [form, JSON.stringify(form).slice(1, -1), ...escaped(form), ...base64(form)]);
}

/** As decodeURIComponent, but what is no escape stays as it is. */
function unescaped(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'));
}

function escaped(text: string): string[] {
  const whole = Buffer.from(text).toString('utf8');
  const forms = [encodeURIComponent(whole), encodeURI(whole), new URLSearchParams([['', whole]]).toString().slice(1)];
  return forms.flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase())]);
}

/** Alone, and as it stands within something longer (`user:password`): by what precedes it, base64 writes it in three ways. */
function base64(text: string): string[] {
  const alone = Buffer.from(text).toString('base64');
  const forms = [alone, alone.replace(/=+$/, ''), ...[0, 1, 2].map((before) => base64Within(text, before))];
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

/** Only the characters that hold bits of nothing but the text. */
function base64Within(text: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
  return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
}
