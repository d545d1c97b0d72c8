/** The metrics that can be asked for: a name stands for a fixed PromQL with typed holes, never for a text of the caller's. */
export interface MetricQuery {
  readonly title: string;
  readonly unit: "cores" | "bytes" | "ratio" | "count" | "per second" | "seconds";
  readonly promql: (holes: Holes) => string;
}

interface Holes {
  /** Made by `labelMatchers` alone. */
  readonly pods: string;
  /** The range of a rate, such as `5m`. */
  readonly window: string;
}

/** By container; by pod where the runtime tells no containers apart, as some do with cgroup v1. */
function byContainer(pods: string, expression: (series: string) => string): string {
  const container = expression(`${pods},container!="",container!="POD"`);
  return `${container} or on (pod) ${expression(`${pods},container=""`)}`;
}

const rateOf = (metric: string, series: string, window: string) =>
  `sum by (pod, container) (rate(${metric}{${series}}[${window}]))`;

export const METRIC_QUERIES = {
  cpu_usage: {
    title: "CPU used",
    unit: "cores",
    promql: ({ pods, window }) =>
      byContainer(pods, (series) => rateOf("container_cpu_usage_seconds_total", series, window)),
  },
  cpu_throttling: {
    title: "Share of periods in which CPU was throttled",
    unit: "ratio",
    promql: ({ pods, window }) =>
      byContainer(
        pods,
        (series) =>
          `(${rateOf("container_cpu_cfs_throttled_periods_total", series, window)} / ${rateOf("container_cpu_cfs_periods_total", series, window)})`,
      ),
  },
  memory_working_set: {
    title: "Memory in use",
    unit: "bytes",
    promql: ({ pods }) =>
      byContainer(pods, (series) => `max by (pod, container) (container_memory_working_set_bytes{${series}})`),
  },
  restarts: {
    title: "Restarts within the window",
    unit: "count",
    promql: ({ pods, window }) =>
      `sum by (pod, container) (increase(kube_pod_container_status_restarts_total{${pods}}[${window}])) or (count by (pod, container) (count_over_time(container_start_time_seconds{${pods},container!="",container!="POD"}[${window}])) - 1)`,
  },
  network_errors: {
    title: "Network errors",
    unit: "per second",
    promql: ({ pods, window }) =>
      `sum by (pod) (rate(container_network_receive_errors_total{${pods}}[${window}])) + sum by (pod) (rate(container_network_transmit_errors_total{${pods}}[${window}]))`,
  },
  request_rate: {
    title: "Requests",
    unit: "per second",
    promql: ({ pods, window }) => `sum by (pod) (rate({${REQUESTS},${pods}}[${window}]))`,
  },
  request_errors: {
    title: "Share of requests that failed",
    unit: "ratio",
    promql: ({ pods, window }) =>
      `sum by (pod) (rate({${REQUESTS},${pods},code=~"5.."}[${window}]) or rate({${REQUESTS},${pods},status=~"5.."}[${window}])) / sum by (pod) (rate({${REQUESTS},${pods}}[${window}]))`,
  },
  request_latency: {
    title: "95th percentile of request time",
    unit: "seconds",
    promql: ({ pods, window }) =>
      `histogram_quantile(0.95, sum by (pod, le) (rate({${LATENCIES},${pods}}[${window}])))`,
  },
} as const satisfies Readonly<Record<string, MetricQuery>>;

export type MetricName = keyof typeof METRIC_QUERIES;
export const METRIC_NAMES = Object.keys(METRIC_QUERIES) as [MetricName, ...MetricName[]];

/** The names under which common libraries count requests. */
const REQUESTS =
  '__name__=~"http_requests_total|http_server_requests_seconds_count|http_server_request_duration_seconds_count"';
const LATENCIES =
  '__name__=~"http_request_duration_seconds_bucket|http_server_requests_seconds_bucket|http_server_request_duration_seconds_bucket"';
