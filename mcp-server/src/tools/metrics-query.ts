import { type Denial, deny, durationMs } from "@sre-agent/crds";
import type { SnapshotObject } from "@sre-agent/diagnosis";
import { isKubeError, type KubeObject } from "@sre-agent/kube";
import type { Backend } from "../backends/http-backend.ts";
import { labelMatchers } from "../backends/label-matchers.ts";
import { METRIC_QUERIES, type MetricName, type MetricQuery } from "../backends/metric-queries.ts";
import { queryRange, type SeriesSummary } from "../backends/prometheus.ts";
import { bytesText, cores, usageOf, usageText } from "../collect/usage.ts";
import { evidenceOf } from "../reply/evidence.ts";
import type { ReadDependencies } from "./diagnose.ts";
import { namespaceOf } from "./namespace.ts";
import type { ToolContext, ToolHandler, ToolReply } from "./tool.ts";

interface MetricsInput {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly metric?: MetricName | undefined;
  readonly since?: string | undefined;
}

export interface MetricsDependencies extends ReadDependencies {
  readonly prometheus?: Backend;
}

interface Asked {
  readonly namespace: string;
  readonly name: string | undefined;
  readonly context: ToolContext;
}

const USUAL_SINCE = "30m";
const WINDOW = "5m";
const MAX_SERIES = 30;
const MAX_CONTAINERS = 40;
const POD = { apiVersion: "v1", kind: "Pod" };
const POD_METRICS = "/apis/metrics.k8s.io/v1beta1/namespaces";

/** Usage against requests and limits now; with a metric, its course over a time. */
export function createMetricsQuery(dependencies: MetricsDependencies): ToolHandler<MetricsInput> {
  return async (input, context) => {
    const namespace = namespaceOf(input.namespace, context, dependencies.namespace);
    if (typeof namespace !== "string") return { ok: false, denial: namespace };
    const forbidden = await context.mayRead({ kind: POD, namespace });
    if (forbidden !== null) return { ok: false, denial: forbidden };
    const asked = { namespace, name: input.name, context };
    if (input.metric === undefined) return usageReply(await usageLines(dependencies, asked), []);
    const course = await courseOf(dependencies, asked, { metric: input.metric, since: input.since ?? USUAL_SINCE });
    if (typeof course !== "string") return course;
    // One source away: the other still answers.
    return usageReply(await usageLines(dependencies, asked), [course]);
  };
}

interface Course {
  readonly metric: MetricName;
  readonly since: string;
}

/** The reply, or a sentence about why Prometheus gave none. */
async function courseOf(
  { prometheus, now }: MetricsDependencies,
  { namespace, name, context }: Asked,
  { metric, since }: Course,
): Promise<ToolReply | string> {
  const pods = labelMatchers(namespace, name);
  if (pods === undefined) return { ok: false, denial: deny("SCHEMA_INVALID", "name: is no name of Kubernetes.") };
  if (prometheus === undefined) return `${metric} needs Prometheus, which is not configured (PROMETHEUS_URL).`;
  const query: MetricQuery = METRIC_QUERIES[metric];
  const end = Math.floor(now() / 1000);
  const start = end - durationMs(since) / 1000;
  const promql = query.promql({ pods, window: WINDOW });
  const series = await queryRange(prometheus, { promql, start, end, signal: context.signal });
  if (typeof series === "string") return series;
  return courseReply(query, series, `${metric} in ${namespace} over ${since}`);
}

function courseReply({ title, unit }: MetricQuery, series: readonly SeriesSummary[], what: string): ToolReply {
  if (series.length === 0) {
    return {
      ok: true,
      text: `${what}: no series. The metric may not be collected here, or name fits no pod.`,
      evidence: [],
    };
  }
  const lines = series.slice(0, MAX_SERIES).map(({ labels, min, average, max, last }) => {
    const [a, b, c, d] = [min, average, max, last].map((value) => FORMATS[unit](value));
    return `${labels}: min ${a}, average ${b}, max ${c}, last ${d}`;
  });
  const left = series.length - lines.length;
  const evidence = evidenceOf(lines.join("\n"));
  const more = left > 0 ? [`${left} more series left out; narrow by name.`] : [];
  return {
    ok: true,
    text: [`[${evidence.id}] ${what}: ${title}, largest first`, ...lines, ...more].join("\n"),
    evidence: [evidence],
  };
}

const plain = (value: number) => String(Number(value.toPrecision(3)));
const FORMATS: Readonly<Record<MetricQuery["unit"], (value: number) => string>> = {
  cores,
  bytes: bytesText,
  ratio: (value) => `${Math.round(value * 1000) / 10}%`,
  count: plain,
  "per second": (value) => `${plain(value)}/s`,
  seconds: (value) => `${plain(value)} s`,
};

interface Usage {
  readonly lines: readonly string[];
  readonly left: number;
  readonly head: string;
}

async function usageLines(
  { reader }: MetricsDependencies,
  { namespace, name, context }: Asked,
): Promise<Usage | Denial> {
  const { signal } = context;
  try {
    const [metrics, pods] = await Promise.all([
      reader.raw(`${POD_METRICS}/${namespace}/pods`, { signal }),
      reader.listAll<KubeObject & SnapshotObject>(POD, { namespace, signal }),
    ]);
    const usage = usageOf(metrics, pods.items).filter(
      ({ pod }) => name === undefined || pod === name || pod.startsWith(`${name}-`),
    );
    const lines = usage.slice(0, MAX_CONTAINERS).map(usageText);
    const of = name === undefined ? "" : ` of ${name}`;
    return {
      lines,
      left: usage.length - lines.length,
      head: `usage now in ${namespace}${of}, nearest to a limit first`,
    };
  } catch (error) {
    if (!isKubeError(error, "NOT_FOUND", "SERVER_ERROR", "UNKNOWN_KIND", "INVALID")) throw error;
    return deny(
      "CLUSTER_UNAVAILABLE",
      "The metrics API (metrics.k8s.io) does not answer.",
      "Is metrics-server running?",
    );
  }
}

function usageReply(usage: Usage | Denial, notes: readonly string[]): ToolReply {
  if ("code" in usage) {
    const message = [...notes, usage.message].join(" ");
    return { ok: false, denial: { ...usage, message } };
  }
  const evidence = evidenceOf(usage.lines.join("\n"));
  const text = [
    ...notes,
    `[${evidence.id}] ${usage.lines.length + usage.left} containers, ${usage.head}`,
    ...usage.lines,
    ...(usage.left > 0 ? [`${usage.left} more left out; narrow by name.`] : []),
  ];
  return { ok: true, text: text.join("\n"), evidence: [evidence] };
}
