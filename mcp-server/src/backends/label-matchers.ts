const DNS_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/**
 * Matchers for a namespace and the pods of a name, or undefined when one is no Kubernetes name: nothing else
 * gets into a query. PromQL and LogQL write them alike.
 */
export function labelMatchers(namespace: string, name: string | undefined): string | undefined {
  if (!DNS_NAME.test(namespace) || (name !== undefined && !DNS_NAME.test(name))) return undefined;
  const pod = name === undefined ? "" : `,pod=~"${name.replaceAll(".", "\\\\.")}(-.+)?"`;
  return `namespace="${namespace}"${pod}`;
}
