const HIDDEN = '…';

/** A command line as reports may show it: without the password, and without what stands in urls. */
export function shownCommand(words: readonly string[], password: string | undefined): string {
  const shown = words.map((word) => withoutLogin(withoutPassword(word, password)));
  return ['veltro', ...shown].join(' ');
}

function withoutPassword(word: string, password: string | undefined): string {
  if (password === undefined) return word;
  for (const flag of ['', '-p', '--password=']) {
    if (word === `${flag}${password}`) return `${flag}${HIDDEN}`;
  }
  return word;
}

/** Name, password or token in front of a host. */
function withoutLogin(word: string): string {
  return word.replace(/^((?:--server=)?(?:[a-z+]+:\/\/)?)[^\s?]*@/, `$1${HIDDEN}@`);
}
