import { secretForms } from './secret-forms.ts';

/** Takes secrets out of a text. */
export type Redaction = (text: string) => string;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** A redaction that writes `[redacted]` for each of the values, in whatever form of `secretForms` it is printed. */
export function redactionOf(values: readonly string[]): Redaction {
  const forms = [...new Set(values.flatMap(secretForms))];
  return (text) => without(text, joined(forms.flatMap((form) => spansOf(text, form))));
}

/** Overlapping ones too: of two secrets that share characters neither is to leave a rest. */
function spansOf(text: string, form: string): Span[] {
  const spans: Span[] = [];
  for (let from = text.indexOf(form); from !== -1; from = text.indexOf(form, from + 1)) spans.push({ from, to: from + form.length });
  return spans;
}

function joined(spans: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (const span of spans.toSorted((one, other) => one.from - other.from)) {
    const last = found.at(-1);
    if (last === undefined || span.from > last.to) found.push(span);
    else found[found.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
  }
  return found;
}

function without(text: string, spans: readonly Span[]): string {
  const shown = spans.map(({ from }, at) => text.slice(spans[at - 1]?.to ?? 0, from));
  return [...shown, text.slice(spans.at(-1)?.to ?? 0)].join('[redacted]');
}
