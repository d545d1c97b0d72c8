import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "./clock.ts";
import { bearer, type ClusterTarget, fileText, fixedText, type Impersonation } from "./credentials.ts";
import { createDiscovery, type Discovery } from "./discovery.ts";
import { KubeError } from "./error.ts";
import { createTransport, type Transport } from "./transport.ts";

/** Where a pod finds its own cluster; every field has the value that Kubernetes mounts. */
interface InClusterFiles {
  readonly host: string;
  readonly port: number;
  readonly tokenFile: string;
  readonly caFile: string;
}

export interface ConnectOptions {
  /** The value of KUBECONFIG, one path or several. Absent: `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** Absent: the current context. */
  readonly context?: string;
  /** The pod's own ServiceAccount; wins over `kubeconfig`. */
  readonly inCluster?: boolean | InClusterFiles;
  /** An explicit API server (`https://host:port`, plain http for a sandbox); wins over the two above. */
  readonly server?: string;
  readonly token?: string;
  /** PEM, or base64 of PEM. */
  readonly caData?: string;
  /** Default namespace when neither the context nor the pod tells one. */
  readonly namespace?: string;
  readonly userAgent?: string;
  readonly impersonate?: Impersonation;
  readonly clock?: Clock;
}

/** Key of what only this workspace may use of a connection. */
export const INTERNALS = Symbol("kube connection");

/** Who we are at which API server. Reader, Writer and the rest are made from it; it offers no request itself. */
export interface Connection {
  readonly server: string;
  /** The context's default namespace. */
  readonly namespace: string;
  /** For a person: the kubeconfig's user, or how the process got its credential. */
  readonly user: string;
  readonly [INTERNALS]: { readonly transport: Transport; readonly discovery: Discovery };
  close(): Promise<void>;
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

const MOUNTED: InClusterFiles = {
  host: "kubernetes.default.svc",
  port: 443,
  tokenFile: `${SERVICE_ACCOUNT}/token`,
  caFile: `${SERVICE_ACCOUNT}/ca.crt`,
};

/**
 * Reads where the API server is and how to authenticate. Sends nothing: an unreachable server shows at the first call.
 * Rotated tokens and CAs are picked up while it runs.
 * @throws KubeError NO_KUBECONFIG with the next step.
 */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const clock = options.clock ?? systemClock;
  const found = await findTarget(options, clock);
  const target = options.impersonate === undefined ? found : { ...found, impersonate: options.impersonate };
  const transport = createTransport(target, options.userAgent ?? "sre-agent");
  return {
    server: target.server,
    namespace: target.namespace,
    user: target.impersonate === undefined ? target.user : `${target.impersonate.user} (through ${target.user})`,
    [INTERNALS]: { transport, discovery: createDiscovery(transport, clock) },
    close: () => transport.close(),
  };
}

async function findTarget(options: ConnectOptions, clock: Clock): Promise<ClusterTarget> {
  if (options.server !== undefined) return explicitTarget(options, options.server);
  if (options.inCluster === true) return inClusterTarget(options, MOUNTED, clock);
  if (typeof options.inCluster === "object") return inClusterTarget(options, options.inCluster, clock);
  const { kubeconfig = join(homedir(), ".kube", "config"), context } = options;
  // Only processes that read a kubeconfig pay for the YAML parser.
  const { readKubeconfig } = await import("./kubeconfig.ts");
  return readKubeconfig({ kubeconfig, context, clock });
}

function explicitTarget(options: ConnectOptions, server: string): ClusterTarget {
  const { token, caData, namespace = "default" } = options;
  if (!URL.canParse(server)) {
    throw new KubeError(`"${server}" is no URL of an API server, such as https://10.0.0.1:6443.`, {
      code: "NO_KUBECONFIG",
    });
  }
  return {
    server: server.replace(/\/+$/, ""),
    namespace,
    user: token === undefined ? "anonymous" : "bearer token",
    credential: token === undefined ? async () => ({}) : bearer(fixedText(token)),
    authority: caData === undefined ? undefined : fixedText(toPem(caData)),
  };
}

function toPem(text: string): string {
  return text.includes("-----BEGIN") ? text : Buffer.from(text, "base64").toString("utf8");
}

async function inClusterTarget(options: ConnectOptions, files: InClusterFiles, clock: Clock): Promise<ClusterTarget> {
  for (const path of [files.tokenFile, files.caFile]) await assertReadable(path);
  const host = files.host.includes(":") ? `[${files.host}]` : files.host;
  return {
    server: `https://${host}:${files.port}`,
    namespace: options.namespace ?? "default",
    user: "service account",
    authority: fileText(files.caFile, clock),
    credential: bearer(fileText(files.tokenFile, clock)),
  };
}

async function assertReadable(path: string): Promise<void> {
  try {
    await access(path);
  } catch (error) {
    const next = "Mount the pod's ServiceAccount token (automountServiceAccountToken), or give a kubeconfig.";
    throw new KubeError(`${path} cannot be read. ${next}`, { code: "NO_KUBECONFIG", cause: error });
  }
}
