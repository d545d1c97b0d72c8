import type { Registry } from "prom-client";

/** Label names with every value they may have. */
type LabelSets = Readonly<Record<string, readonly string[]>>;
type LabelValues<Labels extends LabelSets> = { readonly [Name in keyof Labels]: Labels[Name][number] };

interface MetricOptions<Labels extends LabelSets> {
  readonly name: string;
  readonly help: string;
  readonly labels: Labels;
}

export interface Counter<Labels extends LabelSets> {
  increment(labels: LabelValues<Labels>, by?: number): void;
}

interface Gauge<Labels extends LabelSets> {
  set(labels: LabelValues<Labels>, value: number): void;
}

interface Histogram<Labels extends LabelSets> {
  observe(labels: LabelValues<Labels>, value: number): void;
}

export interface Metrics {
  readonly contentType: string;
  counter<const Labels extends LabelSets>(options: MetricOptions<Labels>): Counter<Labels>;
  gauge<const Labels extends LabelSets>(options: MetricOptions<Labels>): Gauge<Labels>;
  /** `buckets` are upper bounds in the metric's unit, ascending. */
  histogram<const Labels extends LabelSets>(
    options: MetricOptions<Labels> & { readonly buckets: readonly number[] },
  ): Histogram<Labels>;
  /** The exposition text of everything registered. */
  text(): Promise<string>;
}

export interface MetricsOptions {
  /** Becomes the label `component` of every series. */
  readonly component: string;
  /** What a label value outside its set does: `other` (production, the default) or `throw` (tests). */
  readonly unknownLabel?: "other" | "throw";
  /** Whether process metrics (CPU, memory, event loop) are included; true when not said. */
  readonly processMetrics?: boolean;
}

type Policy = NonNullable<MetricsOptions["unknownLabel"]>;

/** Label values come from data now and then; a set that is closed at run time keeps the number of series bounded. */
function closed(options: MetricOptions<LabelSets>, policy: Policy) {
  return (labels: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(options.labels).map(([label, allowed]) => {
        const value = labels[label] ?? "";
        if (allowed.includes(value)) return [label, value];
        if (policy === "throw") throw new Error(`${options.name}: label ${label} has no value "${value}"`);
        return [label, "other"];
      }),
    );
}

function definition(options: MetricOptions<LabelSets>, registry: Registry) {
  return { name: options.name, help: options.help, labelNames: Object.keys(options.labels), registers: [registry] };
}

/** A registry of this process's metrics. Loads prom-client. */
export async function createMetrics(options: MetricsOptions): Promise<Metrics> {
  const { default: prometheus } = await import("prom-client");
  const registry = new prometheus.Registry();
  registry.setDefaultLabels({ component: options.component });
  if (options.processMetrics !== false) prometheus.collectDefaultMetrics({ register: registry });
  const policy = options.unknownLabel ?? "other";
  return {
    contentType: registry.contentType,
    counter: (metric) => {
      const counter = new prometheus.Counter(definition(metric, registry));
      const close = closed(metric, policy);
      return { increment: (labels, by = 1) => counter.inc(close(labels), by) };
    },
    gauge: (metric) => {
      const gauge = new prometheus.Gauge(definition(metric, registry));
      const close = closed(metric, policy);
      return { set: (labels, value) => gauge.set(close(labels), value) };
    },
    histogram: (metric) => {
      const histogram = new prometheus.Histogram({ ...definition(metric, registry), buckets: [...metric.buckets] });
      const close = closed(metric, policy);
      return { observe: (labels, value) => histogram.observe(close(labels), value) };
    },
    text: () => registry.metrics(),
  };
}
