/** https://docs.github.com/rest/commits/statuses takes 140 characters at most. */
const LIMIT = 140;

/** A text of at most 140 characters: longer ones end in `…`, between two characters as people see them. */
export function cutDescription(text: string): string {
  if (text.length <= LIMIT) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (kept.length + segment.length > LIMIT - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}
