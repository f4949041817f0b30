import type { Form } from './rules.ts';

/** A member that an approval's form asks for, as people are told of it. */
export interface FormField {
  readonly name: string;
  readonly isRequired: boolean;
  /** The types that its JSON schema allows; empty where it names none. */
  readonly types: readonly string[];
  /** What it is, in the schema's own words; empty where it has none. */
  readonly about: string;
  /** The values that are allowed, where they are listed. */
  readonly choices: readonly unknown[];
}

/** The members that a form names, in its order. Others that it may allow are not told of. */
export function fieldsOf(form: Form): readonly FormField[] {
  const required = listOf(form.required);
  return Object.entries(membersOf(form.properties)).map(([name, schema]) => {
    const { type, title, description, enum: choices } = membersOf(schema);
    return {
      name,
      isRequired: required.includes(name),
      types: (Array.isArray(type) ? type : [type]).filter((one): one is string => typeof one === 'string'),
      about: [title, description].find((text) => typeof text === 'string') ?? '',
      choices: listOf(choices),
    };
  });
}

/** `ticket (required, one of a, b): The change's ticket`. */
export function fieldWords({ name, isRequired, types, about, choices }: FormField): string {
  const kind = choices.length > 0 ? `one of ${choices.map(String).join(', ')}` : types.join(' or ');
  const notes = [...(isRequired ? ['required'] : []), ...(kind === '' ? [] : [kind])];
  return `${name}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}${about === '' ? '' : `: ${about}`}`;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
