const most = 200;

/** What a log of rclone tells, a message each; without where in rclone it was told, and of what. Pure. */
export function rcloneMessages(stderr: string): readonly string[] {
  const lines = stderr.split('\n').map((line) => messageIn(line).slice(0, 1000));
  return lines.filter((line) => line !== '');
}

/**
 * The last error that rclone told, as one line of at most 200 characters without anything that could be a secret: no path or
 * query of a URL, no value after a word such as `token`, no long word of letters and digits. Pure.
 */
export function whatRcloneSaid(stderr: string): string {
  const last = rcloneMessages(stderr).at(-1) ?? 'nothing said';
  const safe = withoutSecrets(last.replaceAll(/\p{C}/gu, ' ').replaceAll(/\s+/g, ' ').trim());
  return safe.length > most ? `${safe.slice(0, most - 1)}…` : safe;
}

/** What a line of the log says, in its JSON form or its plain one. */
function messageIn(line: string): string {
  const plain = line.replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d [A-Z]+ *: /, '').trim();
  return (/"msg":("(?:[^"\\]|\\.)*")/.exec(line)?.[1] ?? JSON.stringify(plain))
    .replace(/^"Attempt \d+\/\d+ failed with \d+ errors? and: /, '"')
    .replaceAll(/^"|"$/g, '')
    .replaceAll(/\\u[0-9a-f]{4}|\\[nrtbf]/gi, ' ')
    .replaceAll(/\\(.)/g, '$1');
}

function withoutSecrets(text: string): string {
  return text
    .replaceAll(/\b([a-z][a-z0-9+.-]*):\/\/([^\s"'/?#]*)[^\s"']*/gi, (_, scheme, authority) => {
      const host = String(authority).split('@').at(-1);
      return `${scheme}://${host}/…`;
    })
    .replaceAll(/\b(bearer|basic|digest|negotiate) +\S+/gi, '$1 …')
    .replaceAll(
      /([\w-]*(?:pass|secret|token|key|sig|credential|auth|cookie|session)[\w-]*["']?) ?([=:]) ?["']?[^\s"',;&]+/gi,
      '$1$2 …',
    )
    .replaceAll(/[\w+/=.~%-]{20,}/g, (word) =>
      /\d/.test(word) && /[a-z]/i.test(word) ? '…' : word,
    );
}
