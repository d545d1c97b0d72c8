import { isIP, type LookupFunction, Socket, type TcpNetConnectOpts } from "node:net";

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|::ffff:127(\.\d{1,3}){3})$/i;
/** Under it a guarded function keeps the one it guards: test files of one worker share it. */
const GUARDED = Symbol.for("sre-agent.loopback-only");

type Where = Partial<Pick<TcpNetConnectOpts, "host" | "lookup">>;

/** Where a socket is told to connect to. Node's own modules hand the arguments on in an array. */
function whereOf([first, second]: readonly unknown[]): Where {
  if (Array.isArray(first)) return whereOf(first);
  if (typeof first === "object" && first !== null) return first;
  return typeof second === "string" ? { host: second } : {};
}

/** From now on a connection to another machine of this process fails, and `onOther` is told where it would have led. */
export function loopbackOnly(onOther: (host: string) => void): void {
  const now = Socket.prototype.connect;
  const connect: typeof now = Reflect.get(now, GUARDED) ?? now;

  function faultOf(host: string | undefined): Error | undefined {
    if (host === undefined || LOOPBACK.test(host)) return undefined;
    onOther(host);
    return new Error(`only loopback can be reached here, and not ${host}`);
  }

  /** The same, where names are looked up by the caller's own means: the address decides. */
  const checked =
    (lookup: LookupFunction): LookupFunction =>
    (hostname, options, callback) =>
      lookup(hostname, options, (error, address, family) => {
        const addresses = typeof address === "string" ? [address] : (address ?? []).map((each) => each.address);
        callback(error ?? addresses.flatMap((each) => faultOf(each) ?? [])[0] ?? null, address, family);
      });

  function guarded(this: Socket, ...args: readonly unknown[]): unknown {
    const where = whereOf(args);
    const { host = "", lookup } = where;
    if (lookup !== undefined && isIP(host) === 0) where.lookup = checked(lookup);
    else if (host !== "") {
      const fault = faultOf(host);
      if (fault) throw fault;
    }
    return Reflect.apply(connect, this, args);
  }
  Socket.prototype.connect = Object.assign(guarded as typeof now, { [GUARDED]: connect });
}
