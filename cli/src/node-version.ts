/** package.json says the same under `engines`. */
export const OLDEST_NODE = "22.19";

/** What a person is told whose Node.js is too old; undefined when it will do. */
export function nodeFault(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split(".").map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined;
  return `sre-agent needs Node.js ${OLDEST_NODE} or newer; this is ${version}.
Install one, or use that of the checkout, which npm ci brings on Linux: node_modules/.bin/node`;
}
