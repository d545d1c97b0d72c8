/** An address that nothing else stands beside, neither a user nor a path: `--orders=http://orders:80/`. */
const PLAIN = /^((?:--?[A-Za-z][\w.-]*=)?(?:[a-z][a-z0-9+.-]*:\/\/)?)([A-Za-z0-9.-]+)(?::(\d{1,5}))?(\/?)$/;

export interface Address {
  readonly host: string;
  readonly port?: number | undefined;
}

/**
 * A setting with the right host or port of one address. Undefined where it lacks that address, or holds more than plain
 * ones: a fix shows the whole value, and the rest of it may be secret.
 */
export function readdressed(value: string, wrong: Address, right: Partial<Address>): string | undefined {
  const addresses = value.split(",").map((one) => PLAIN.exec(one));
  if (addresses.some((one) => one === null)) return undefined;
  const written = addresses.map((one) => {
    const [whole, before, host = "", port, after] = one ?? [];
    const isWrong = host.replace(/\.$/, "") === wrong.host && (port === undefined || Number(port) === wrong.port);
    if (!isWrong) return whole;
    const rightPort = right.port ?? port;
    return `${before}${right.host ?? host}${rightPort === undefined ? "" : `:${rightPort}`}${after}`;
  });
  const to = written.join(",");
  return to === value ? undefined : to;
}
