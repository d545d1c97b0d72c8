/** What of a value may be printed: people put secrets into env, arguments and annotations, so that only known shapes pass. */

const NUMBER = /^-?\d{1,10}(\.\d{1,6})?$/;
const DURATION = /^(\d{1,6}(\.\d{1,3})?(ns|us|ms|s|m|h|d))+$/;
const QUANTITY = /^\d{1,10}(\.\d{1,3})?(m|[kMGTPE]i?)?$/;
const BOOLEAN = /^(true|false)$/i;
const IMAGE = /^[a-z0-9][a-z0-9.-]*(:\d{1,5})?(\/[a-z0-9._-]+)*(:[A-Za-z0-9._-]{1,128})?(@sha256:[0-9a-f]{64})?$/;
/** The address of a server by name, with neither user nor path. */
const ADDRESS = /^(?:[a-z][a-z0-9+.-]{0,20}:\/\/)?[a-z][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){0,5}(?::\d{1,5})?\/?$/;
const ADDRESS_NAME = /(?:^|_)(?:HOST|ADDR|ADDRESS|URL|URI|ENDPOINT|UPSTREAM|BACKEND|BROKER|SERVER|SVC)S?$/;
/** A path of a file system, where the name says that it is one. */
const PATH = /^(?:\/[\w.-]{1,64}){1,10}\/?$/;
const PATH_NAME = /(?:^|_)(?:DIR|DIRECTORY|FOLDER|PATH|FILE)S?$/;
/** One of the few words that a log level can be, where the name says that it is one: a closed list hides nothing. */
const LEVEL = /^(?:trace|debug|verbose|info|notice|warn|warning|error|critical|alert|emergency|fatal|panic|off)$/i;
const LEVEL_NAME = /(?:level|verbosity|severity|(?:^|_)log)$/i;
/** Words of names under which even a number is a secret, unless the last word says that it is about one. */
const SECRET_WORD =
  /^(?:.*(?:pass(?:word|wd|phrase|code)|secret|credential|apikey)s?|pass|pwd|pin|token|key|auth|dsn|salt|jwt|cert)$/i;
const ABOUT_WORD =
  /^(?:ports?|hosts?|addr(?:ess)?|ur[il]s?|endpoints?|server|timeouts?|ttl|expir\w*|age|seconds|secs?|ms|minutes|hours|days|duration|interval|lifetime|size|len(?:gth)?|bits|bytes|count|max|min|limits?|rotations?|retries|version|enabled?|disabled?|required|image)$/i;
const EXECUTABLE = /^[A-Za-z0-9._/-]{1,80}$/;
const FLAG = /^(--?[A-Za-z][A-Za-z0-9.-]{0,60})=(.*)$/;

/** Ports, numbers, durations, quantities and booleans: shapes that say much and hide nothing. */
export function isPlainScalar(text: string): boolean {
  return [NUMBER, DURATION, QUANTITY, BOOLEAN].some((shape) => shape.test(text));
}

/** `DB_PASSWORD`, `signing-key`, `authToken`; not `TOKEN_TTL`, `PASSWORD_MIN_LENGTH` or `MAX_TOKENS`. */
function namesSecret(name: string): boolean {
  const words = name.replace(/([a-z\d])(?=[A-Z])/g, "$1_").split(/[^A-Za-z\d]+/);
  const last = words.findLast((word) => word !== "") ?? "";
  return words.some((word) => SECRET_WORD.test(word)) && !ABOUT_WORD.test(last);
}

/** The value of a literal env entry, or undefined when it must not be shown. */
export function printableEnv(name: string, value: string): string | undefined {
  if (namesSecret(name)) return undefined;
  if (isPlainScalar(value)) return value;
  if (LEVEL_NAME.test(name) && LEVEL.test(value)) return value;
  if (ADDRESS_NAME.test(name) && ADDRESS.test(value)) return value;
  if (PATH_NAME.test(name) && PATH.test(value)) return value;
  return /IMAGE$/.test(name) && IMAGE.test(value) ? value : undefined;
}

/** One element of a command or of its arguments: the executable, or a flag with a plain value. */
export function printableArgument(value: string, first: boolean): string | undefined {
  if (first && EXECUTABLE.test(value)) return value;
  if (isPlainScalar(value)) return value;
  const [, flag = "", setting] = FLAG.exec(value) ?? [];
  return setting !== undefined && isPlainScalar(setting) && !namesSecret(flag) ? value : undefined;
}
