import { objectsAt, quantity, type SnapshotObject, textAt } from "@sre-agent/diagnosis";

/** What one container uses against what it asked for; cores and bytes. */
export interface ContainerUsage {
  readonly pod: string;
  readonly container: string;
  readonly cpu: Amounts;
  readonly memory: Amounts;
}

interface Amounts {
  readonly used: number;
  readonly request: number | undefined;
  readonly limit: number | undefined;
}

/** Usage of metrics.k8s.io joined with the pods' requests and limits, the nearest to a limit first. */
export function usageOf(metrics: unknown, pods: readonly SnapshotObject[]): readonly ContainerUsage[] {
  const specs = new Map(pods.map((pod) => [pod.metadata.name, pod]));
  const all = objectsAt(metrics, "items").flatMap((item) => {
    const pod = textAt(item, "metadata", "name") ?? "";
    return objectsAt(item, "containers").map((container) => usage(pod, container, specs.get(pod)));
  });
  return all.sort((a, b) => pressure(b) - pressure(a) || b.memory.used - a.memory.used);
}

function usage(pod: string, container: unknown, object: SnapshotObject | undefined): ContainerUsage {
  const name = textAt(container, "name") ?? "";
  const lists = ["initContainers", "containers"].flatMap((list) => objectsAt(object, "spec", list));
  const spec = lists.find((each) => each["name"] === name);
  const amounts = (resource: string): Amounts => ({
    used: quantity(textAt(container, "usage", resource)) ?? 0,
    request: quantity(textAt(spec, "resources", "requests", resource)),
    limit: quantity(textAt(spec, "resources", "limits", resource)),
  });
  return { pod, container: name, cpu: amounts("cpu"), memory: amounts("memory") };
}

function pressure({ cpu, memory }: ContainerUsage): number {
  const share = ({ used, limit }: Amounts) => (limit === undefined || limit === 0 ? 0 : used / limit);
  return Math.max(share(memory), share(cpu));
}

/** `web-1 app: cpu 12m of request 10m (120%), no limit; memory 20Mi of request 16Mi (125%), limit 64Mi (31%)`. */
export function usageText({ pod, container, cpu, memory }: ContainerUsage): string {
  return `${pod} ${container}: cpu ${amountText(cpu, cores)}; memory ${amountText(memory, bytesText)}`;
}

function amountText({ used, request, limit }: Amounts, text: (amount: number) => string): string {
  const against = (name: string, amount: number | undefined) =>
    amount === undefined || amount === 0
      ? `no ${name}`
      : `${name} ${text(amount)} (${Math.round((used / amount) * 100)}%)`;
  return `${text(used)}, ${against("request", request)}, ${against("limit", limit)}`;
}

export const cores = (amount: number): string => (amount >= 10 ? amount.toFixed(1) : `${Math.round(amount * 1000)}m`);

export function bytesText(amount: number): string {
  const [unit, size] = amount >= 2 ** 30 ? ["Gi", 2 ** 30] : ["Mi", 2 ** 20];
  const scaled = amount / Number(size);
  return `${scaled >= 10 ? Math.round(scaled) : Number(scaled.toFixed(1))}${unit}`;
}
