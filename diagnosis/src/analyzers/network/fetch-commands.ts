/** What curl and wget in a command line ask, as they write it: neither their options nor what those take. */
export function fetched(text: string): readonly string[] {
  return [...text.matchAll(COMMAND)].flatMap(([, name = "", rest = ""]) => operandsOf(name, wordsOf(rest)));
}

/** Up to the end of the command; what stands in quotes does not end it. */
const COMMAND = /(?<![\w./-])(curl|wget)\b((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^|;&\n"'`)])*)/g;
const WORD = /(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'])+/g;

function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(WORD)].map(([word]) => word.replace(/["']/g, ""));
}

/** Options that take the next word, by their last letter and by name. */
const TAKING: Readonly<Record<string, RegExp>> = {
  curl: /^-\w*[HduAoXwbeFmTKEcrxyYzCPQDt]$|^--(?:header|data\S*|json|user|user-agent|output|request|write-out|cookie|cookie-jar|referer|form|max-time|connect-timeout|upload-file|config|cert|key|cacert|capath|retry\S*|resolve|proxy|interface|range|max-redirs|limit-rate|unix-socket|aws-sigv4|oauth2-bearer)$/,
  wget: /^-\w*[OoTtUePiBaARw]$|^--(?:output-document|output-file|timeout|tries|header|user-agent|user|password|post-data|post-file|directory-prefix)$/,
};

function operandsOf(command: string, words: readonly string[]): readonly string[] {
  const taken = new Set(words.flatMap((word, at) => (takesNext(command, word) ? [at + 1] : [])));
  return words.filter((word, at) => !taken.has(at) && !/^-|^\d*[<>]/.test(word));
}

/** An option of that kind, or a redirection that stands apart from its file. */
function takesNext(command: string, word: string): boolean {
  return TAKING[command]?.test(word) === true || /^\d*[<>]+&?$/.test(word);
}
