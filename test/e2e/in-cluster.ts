import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseAllDocuments } from "yaml";
import type { Stack } from "../../cli/src/demo/stack.ts";

const root = join(import.meta.dirname, "../..");
const SYSTEM = "sre-system";
const ROLLED_OUT_WITHIN = "--timeout=300s";
const BUILT_WITHIN_MS = 600_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

const execute = promisify(execFile);

async function kubectl(args: readonly string[], input?: unknown): Promise<string> {
  const running = execute("kubectl", [...args], { cwd: root, maxBuffer: MAX_OUTPUT_BYTES });
  running.child.stdin?.end(input === undefined ? "" : JSON.stringify(input));
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

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: { readonly template?: { readonly spec: { containers: object[] } } };
}

/** What `kubectl apply -k deploy` would apply, with this image, which is never pulled. */
async function manifests(image: string): Promise<readonly Manifest[]> {
  const documents = parseAllDocuments(await kubectl(["kustomize", "deploy"]));
  const objects = documents.map((document) => document.toJS() as Manifest);
  for (const { kind, spec } of objects) {
    const pod = spec?.template?.spec;
    if (kind !== "Deployment" || pod === undefined) continue;
    pod.containers = pod.containers.map((container) => ({ ...container, image, imagePullPolicy: "Never" }));
  }
  return objects;
}

const secret = () => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "sre-agent-bearer", namespace: SYSTEM },
  stringData: { secret: randomBytes(32).toString("hex") },
});

/** The operator serves one namespace only: the cluster may have others at work. */
const settings = (namespace: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "sre-operator-settings", namespace: SYSTEM },
  data: { WATCH_NAMESPACES: namespace, LOG_LEVEL: "debug" },
});

const list = (items: readonly object[]) => ({ apiVersion: "v1", kind: "List", items });
const NAMESPACED = ["Deployment", "Service", "NetworkPolicy", "PodDisruptionBudget"];

/** The installation of the committed manifests, as Deployments; `stop` removes them and waits until the pods are gone. */
export async function startInCluster(image: string, namespace: string): Promise<Stack> {
  const objects = await manifests(image);
  const ours = [...objects.filter(({ kind }) => NAMESPACED.includes(kind)), secret(), settings(namespace)];
  const stop = async () => {
    const gone = ["--ignore-not-found", "--wait=true", "--cascade=foreground", "--timeout=180s"];
    await kubectl(["delete", "-f", "-", ...gone], list(ours));
  };
  const unsupported = () => Promise.reject(new Error("a pod is restarted by its Deployment"));
  try {
    await kubectl(
      ["apply", "--server-side", "--force-conflicts", "-f", "-"],
      list([...objects, secret(), settings(namespace)]),
    );
    for (const { kind, metadata } of objects) {
      if (kind !== "Deployment") continue;
      await kubectl(["-n", SYSTEM, "rollout", "status", `deployment/${metadata.name}`, ROLLED_OUT_WITHIN]);
    }
  } catch (error) {
    console.log(await logs());
    await stop();
    throw error;
  }
  return { stop, kill: unsupported, restart: unsupported, log: () => "", auditFile: "" };
}

/** The end of each pod's log, and the pods themselves. */
export async function logs(): Promise<string> {
  const part = ["-n", SYSTEM, "-l", "app.kubernetes.io/part-of=sre-agent"];
  const pods = await kubectl(["get", "pods", "-o", "wide", ...part]);
  return pods + (await kubectl(["logs", "--tail=40", "--prefix", ...part]));
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
  const args = ["-n", SYSTEM, "get", "pods", "-l", "app.kubernetes.io/part-of=sre-agent", "-o", "json"];
  const { items } = JSON.parse(await kubectl(args)) as { readonly items: readonly Pod[] };
  const sizes = items.map(async ({ metadata, spec }) => {
    const port = spec.containers[0]?.ports[0]?.containerPort;
    const path = `/api/v1/namespaces/${SYSTEM}/pods/${metadata.name}:${port}/proxy/metrics`;
    const text = await kubectl(["get", "--raw", path]);
    const bytes = /^process_resident_memory_bytes\S* (\S+)$/m.exec(text)?.[1];
    return [metadata.name, Math.round(Number(bytes) / 1024 / 1024)] as const;
  });
  return Object.fromEntries(await Promise.all(sizes));
}
