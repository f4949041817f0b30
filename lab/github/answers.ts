export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface FieldError {
  readonly resource: string;
  readonly field?: string;
  readonly code: 'missing_field' | 'invalid' | 'custom';
  readonly message: string;
}

const DOCUMENTATION = 'https://docs.github.com/rest';

/** An error in GitHub's own shape. */
export function refusal(status: number, message: string, errors?: readonly FieldError[]): Answer {
  return { status, body: { message, ...(errors ? { errors } : {}), documentation_url: DOCUMENTATION, status: String(status) } };
}

export function invalid(...errors: readonly FieldError[]): Answer {
  return refusal(422, 'Validation Failed', errors);
}

/** One page of a list, with the links to its neighbours: https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api */
export function page<Item>(
  items: readonly Item[],
  query: PageQuery,
  url: string,
): { items: readonly Item[]; headers: Record<string, string> } {
  const size = Math.min(Math.max(Number(query.per_page ?? 30), 1), 100);
  const number = Math.max(Number(query.page ?? 1), 1);
  const last = Math.max(Math.ceil(items.length / size), 1);
  const link = (to: number, rel: string) => `<${url}?per_page=${size}&page=${to}>; rel="${rel}"`;
  const links = [
    ...(number > 1 ? [link(number - 1, 'prev'), link(1, 'first')] : []),
    ...(number < last ? [link(number + 1, 'next'), link(last, 'last')] : []),
  ];
  return { items: items.slice((number - 1) * size, number * size), headers: links.length > 0 ? { link: links.join(', ') } : {} };
}

export interface PageQuery {
  readonly per_page?: string;
  readonly page?: string;
}
