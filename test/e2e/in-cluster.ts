import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { SERVICE_ACCOUNTS, SYSTEM_NAMESPACE as SYSTEM } from "@sre-agent/deploy";
import type { Stack } from "../../cli/src/demo/stack.ts";

const root = join(import.meta.dirname, "../..");
const ROLLED_OUT_WITHIN = "--timeout=180s";
const BUILT_WITHIN_MS = 600_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

const execute = promisify(execFile);

async function kubectl(args: readonly string[], input = ""): Promise<string> {
  const running = execute("kubectl", [...args], { cwd: root, maxBuffer: MAX_OUTPUT_BYTES });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

/** What builds an image and brings it into the cluster: `TOOL NAME:TAG CONTEXT DOCKERFILE` prints the image's name. */
const tool = process.env["SRE_IMAGE_TOOL"] ?? join(root, "../shared/cluster/image");
const built = process.env["SRE_IMAGE"];

/** Whether there is an image, or a way to one. */
export const hasImage = built !== undefined || existsSync(tool);

/** Name of an image of this tree that the cluster has: `SRE_IMAGE`, or one that is built now. */
export async function imageInCluster(): Promise<string> {
  if (built !== undefined) return built;
  const args = ["sre-agent:test", root, join(root, "deploy/Dockerfile")];
  const { stdout } = await execute(tool, args, { timeout: BUILT_WITHIN_MS, maxBuffer: MAX_OUTPUT_BYTES });
  return stdout.trim().split("\n").at(-1) ?? "";
}

/** What `kubectl apply -k deploy` would apply, with this image, which is never pulled. */
async function manifests(image: string): Promise<string> {
  const stream = await kubectl(["kustomize", "deploy"]);
  return stream
    .replaceAll(/^( +(?:- )?image:) .*$/gm, `$1 ${image}`)
    .replaceAll(/^( +imagePullPolicy:) .*$/gm, "$1 Never");
}

const secret = () => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "sre-agent-bearer", namespace: SYSTEM },
  stringData: { secret: randomBytes(32).toString("hex") },
});

const settings = (account: string, data: Readonly<Record<string, string>>) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: `${account}-settings`, namespace: SYSTEM },
  data,
});

/** What else an installation has: the bearer secret, and settings; those of the operator keep it to one namespace. */
const settled = (namespace: string) => [
  secret(),
  settings(SERVICE_ACCOUNTS.operator, { WATCH_NAMESPACES: namespace }),
  settings(SERVICE_ACCOUNTS.agent, { LOG_LEVEL: "debug" }),
];

const OURS = ["-n", SYSTEM, "-l", "app.kubernetes.io/part-of=sre-agent"];

/** The installation of the committed manifests, as Deployments; `stop` removes them and waits until the pods are gone. */
export async function startInCluster(image: string, namespace: string): Promise<Stack> {
  const others = JSON.stringify({ apiVersion: "v1", kind: "List", items: settled(namespace) });
  const stop = async () => {
    const gone = ["--ignore-not-found", "--cascade=foreground", "--timeout=180s"];
    await kubectl(["delete", "deployments,services,networkpolicies,poddisruptionbudgets", ...OURS, ...gone]);
    await kubectl(["delete", "-f", "-", "--ignore-not-found"], others);
  };
  const unsupported = () => Promise.reject(new Error("a pod is restarted by its Deployment"));
  try {
    await kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], await manifests(image));
    await kubectl(["apply", "-f", "-"], others);
    for (const name of Object.values(SERVICE_ACCOUNTS))
      await kubectl(["-n", SYSTEM, "rollout", "status", `deployment/${name}`, ROLLED_OUT_WITHIN]);
  } catch (error) {
    const said = await logs().catch(String);
    await stop();
    throw new Error(`the parts did not come up:\n${said}`, { cause: error });
  }
  return { stop, kill: unsupported, restart: unsupported, log: () => "", auditFile: "" };
}

/** The end of each pod's log, and the pods themselves. */
export async function logs(): Promise<string> {
  const pods = await kubectl(["get", "pods", "-o", "wide", ...OURS]);
  return pods + (await kubectl(["logs", "--tail=40", "--prefix", ...OURS]));
}

/** What the kubelet says to somebody who wants a shell in a pod of ours. */
export async function shellIn(account: string): Promise<string> {
  const args = ["-n", SYSTEM, "exec", `deployment/${account}`, "--", "/bin/sh", "-c", "true"];
  return kubectl(args).catch((error: unknown) => String(error));
}

/** What the act server's audit chain on its standard output tells of. */
export async function auditKinds(): Promise<ReadonlySet<string>> {
  const lines = (await kubectl(["-n", SYSTEM, "logs", "deployment/sre-mcp-act"])).split("\n");
  const records = lines.filter((line) => line.includes('"previous"')).map((line) => JSON.parse(line));
  return new Set(records.map(({ kind }) => String(kind)));
}

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly containers: readonly { readonly ports: readonly { readonly containerPort: number }[] }[] };
}

/** Resident memory of each pod's process, in MiB, as it says itself. */
export async function residentMemory(): Promise<Readonly<Record<string, number>>> {
  const { items } = JSON.parse(await kubectl(["get", "pods", ...OURS, "-o", "json"])) as {
    readonly items: readonly Pod[];
  };
  const sizes = items.map(async ({ metadata, spec }) => {
    const port = spec.containers[0]?.ports[0]?.containerPort;
    const path = `/api/v1/namespaces/${SYSTEM}/pods/${metadata.name}:${port}/proxy/metrics`;
    const text = await kubectl(["get", "--raw", path]);
    const bytes = /^process_resident_memory_bytes\S* (\S+)$/m.exec(text)?.[1];
    return [metadata.name, Math.round(Number(bytes) / 1024 / 1024)] as const;
  });
  return Object.fromEntries(await Promise.all(sizes));
}
