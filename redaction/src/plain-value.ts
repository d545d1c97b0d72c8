const NUMBER = /^-?\d{1,7}(?:\.\d{1,6})?$/;
const DURATION = /^(?:\d{1,9}(?:ns|us|ms|s|m|h|d)){1,4}$/;
const BOOLEAN = /^(?:true|false)$/i;
/** One of the few words that a log level can be: a closed list, and only where the name says that it is one. */
const LEVEL = /^(?:trace|debug|verbose|info|notice|warn|warning|error|critical|alert|emergency|fatal|panic|off)$/i;
const LEVEL_NAME = /(?:level|verbosity|severity|(?:^|_)log)$/i;
const IMAGE =
  /^(?:[a-z0-9][a-z0-9.-]{0,200}(?::\d{1,5})?\/)(?:[a-z0-9._-]{1,100}\/){0,6}[a-z0-9._-]{1,100}(?::(?:v?\d[\w.-]{0,60}|latest|stable))?(?:@sha256:[0-9a-f]{64})?$/;

function isImage(value: string): boolean {
  return IMAGE.test(value) && /[:@][^/]+$/.test(value);
}

/**
 * A setting that explains an outage and is no secret: a port or other number, a duration, a boolean, an image reference,
 * a log level.
 */
export function isPlainValue(name: string, value: string): boolean {
  const isLevel = LEVEL_NAME.test(name) && LEVEL.test(value);
  return isLevel || NUMBER.test(value) || DURATION.test(value) || BOOLEAN.test(value) || isImage(value);
}

/** What stands for a value that is not shown. */
export function hidden(value: string): string {
  return `<hidden: ${value.length} chars>`;
}
