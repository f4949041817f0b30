/** What people wrote into reasons mentions nobody on GitHub and links to nothing. */
export function plain(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll('@', '@\u200b')
    .replaceAll(/[`*_<>[\]]/g, '\\$&');
}
