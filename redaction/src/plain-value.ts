const NUMBER = /^-?\d{1,7}(?:\.\d{1,6})?$/;
const DURATION = /^(?:\d{1,9}(?:ns|us|ms|s|m|h|d)){1,4}$/;
const BOOLEAN = /^(?:true|false)$/i;
const IMAGE =
  /^(?:[a-z0-9][a-z0-9.-]{0,200}(?::\d{1,5})?\/)(?:[a-z0-9._-]{1,100}\/){0,6}[a-z0-9._-]{1,100}(?::(?:v?\d[\w.-]{0,60}|latest|stable))?(?:@sha256:[0-9a-f]{64})?$/;

function isImage(value: string): boolean {
  return IMAGE.test(value) && /[:@][^/]+$/.test(value);
}

/** A setting that explains an outage and is no secret: a port or other number, a duration, a boolean, an image reference. */
export function isPlainValue(value: string): boolean {
  return NUMBER.test(value) || DURATION.test(value) || BOOLEAN.test(value) || isImage(value);
}

/** What stands for a value that is not shown. */
export function hidden(value: string): string {
  return `<hidden: ${value.length} chars>`;
}
