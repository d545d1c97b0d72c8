import { isRecord, objectsAt } from "@sre-agent/diagnosis";
import type { Backend } from "./http-backend.ts";

/** One series over a time, in four numbers. */
export interface SeriesSummary {
  readonly labels: string;
  readonly min: number;
  readonly average: number;
  readonly max: number;
  readonly last: number;
}

export interface RangeQuery {
  readonly promql: string;
  /** Seconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly signal: AbortSignal;
}

const POINTS = 60;
const MIN_STEP_SECONDS = 15;

/** The series of a range query, the largest first, or a sentence about why there are none. */
export async function queryRange(
  prometheus: Backend,
  { promql, start, end, signal }: RangeQuery,
): Promise<readonly SeriesSummary[] | string> {
  const step = Math.max(MIN_STEP_SECONDS, Math.ceil((end - start) / POINTS));
  const query = { query: promql, start: String(start), end: String(end), step: String(step), timeout: "8s" };
  const answer = await prometheus.get("/api/v1/query_range", query, signal);
  if (!answer.ok) return answer.message;
  const series = objectsAt(answer.value, "data", "result").flatMap((one) => summary(one));
  return series.sort((a, b) => b.max - a.max || (a.labels < b.labels ? -1 : 1));
}

function summary({ metric, values }: Readonly<Record<string, unknown>>): readonly SeriesSummary[] {
  const points = Array.isArray(values) ? values.map((point) => Number(point?.[1])).filter(Number.isFinite) : [];
  if (points.length === 0) return [];
  const labels = isRecord(metric) ? metric : {};
  const named = ["pod", "container"].flatMap((label) => (labels[label] === undefined ? [] : [String(labels[label])]));
  return [
    {
      labels: named.join(" "),
      min: Math.min(...points),
      average: points.reduce((sum, point) => sum + point, 0) / points.length,
      max: Math.max(...points),
      last: points.at(-1) ?? 0,
    },
  ];
}
