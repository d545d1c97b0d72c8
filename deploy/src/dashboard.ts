interface Query {
  readonly expr: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly type: "stat" | "timeseries" | "bargauge";
  readonly unit: string;
  readonly description: string;
  readonly queries: readonly Query[];
}

interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const query = (expr: string, legend = "") => ({ expr, legend });
/** Of how much something grew over the range that the dashboard shows. */
const grown = (metric: string, by: string) => `sum by (${by}) (increase(${metric}[$__range]))`;
const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}[$__rate_interval]))`;
const quantile = (q: number, metric: string, by = "le") =>
  `histogram_quantile(${q}, sum by (${by}) (rate(${metric}_bucket[$__rate_interval])))`;

const INCIDENTS: Row = {
  title: "Incidents and what was decided",
  panels: [
    {
      title: "Open incidents",
      type: "stat",
      unit: "short",
      description: "Conditions and Events of triggers that hold right now.",
      queries: [query("sum(sre_agent_incidents_open)")],
    },
    {
      title: "Waiting for a person",
      type: "stat",
      unit: "short",
      description: "Runs whose fix has to be approved, and runs that need a person to decide.",
      queries: [
        query('sum(sre_agent_investigations{phase="AwaitingApproval"})', "to approve"),
        query('sum(sre_agent_investigations{phase="NeedsHuman"})', "to decide"),
      ],
    },
    {
      title: "Investigations by phase",
      type: "timeseries",
      unit: "short",
      description: "Investigations in the cluster.",
      queries: [query("sum by (phase) (sre_agent_investigations) > 0", "{{phase}}")],
    },
    {
      title: "Decisions",
      type: "bargauge",
      unit: "short",
      description: "approve: a fix is right; deny: nothing should be done; manual: a person is needed.",
      queries: [query(grown("sre_agent_decisions_total", "decision"), "{{decision}}")],
    },
    {
      title: "From the symptom to the decision",
      type: "timeseries",
      unit: "s",
      description: "Seconds of each stage of an investigation: queued, decided, ended.",
      queries: [
        query(quantile(0.5, "sre_agent_investigation_seconds", "le, stage"), "{{stage}} median"),
        query(quantile(0.95, "sre_agent_investigation_seconds", "le, stage"), "{{stage}} 95 %"),
      ],
    },
    {
      title: "Incidents opened",
      type: "timeseries",
      unit: "short",
      description: "By what showed them.",
      queries: [query("sum by (source) (increase(sre_agent_incidents_total[$__rate_interval]))", "{{source}}")],
    },
  ],
};

const CHANGES: Row = {
  title: "Changes and refusals",
  panels: [
    {
      title: "Remediations by outcome",
      type: "bargauge",
      unit: "short",
      description: "How changes ended over the range shown.",
      queries: [query(grown("sre_agent_remediations_total", "outcome"), "{{outcome}}")],
    },
    {
      title: "Denials by code",
      type: "bargauge",
      unit: "short",
      description: "What the act server refused, and why; docs/spec/lifecycle.md explains each code.",
      queries: [
        query(grown('sre_agent_mcp_tool_calls_total{component="mcp-act",code!="ok"}', "code"), "{{code}}"),
        query(grown("sre_agent_execution_denials_total", "code"), "{{code}}, before the write"),
      ],
    },
    {
      title: "From the write to the outcome",
      type: "timeseries",
      unit: "s",
      description: "How long changes were verified.",
      queries: [query(quantile(0.95, "sre_agent_verification_seconds", "le, outcome"), "{{outcome}} 95 %")],
    },
    {
      title: "Replicas that carry out changes",
      type: "stat",
      unit: "short",
      description: "One: it holds the lease. None: nothing is carried out.",
      queries: [query("sum(sre_agent_act_leading)")],
    },
    {
      title: "Tool calls",
      type: "timeseries",
      unit: "reqps",
      description: "MCP tools by name.",
      queries: [query(rate("sre_agent_mcp_tool_calls_total", "tool"), "{{tool}}")],
    },
    {
      title: "Duration of tool calls, 95 %",
      type: "timeseries",
      unit: "s",
      description: "By tool.",
      queries: [query(quantile(0.95, "sre_agent_mcp_tool_call_seconds", "le, tool"), "{{tool}}")],
    },
  ],
};

const MODEL: Row = {
  title: "Model",
  panels: [
    {
      title: "Tokens",
      type: "timeseries",
      unit: "short",
      description: "As the provider counts them; cached input is a part of input, reasoning a part of output.",
      queries: [
        query('sum by (type) (increase(sre_agent_model_tokens_total{component="agent"}[1h]))', "{{type}} an hour"),
      ],
    },
    {
      title: "Cost",
      type: "stat",
      unit: "currencyUSD",
      description: "By the configured prices, over the range shown.",
      queries: [query('sum(increase(sre_agent_model_cost_usd_total{component="agent"}[$__range]))')],
    },
    {
      title: "Requests of the model",
      type: "timeseries",
      unit: "s",
      description: "Duration with the wait for a free place.",
      queries: [
        query(quantile(0.5, "sre_agent_model_request_duration_seconds"), "median"),
        query(quantile(0.95, "sre_agent_model_request_duration_seconds"), "95 %"),
      ],
    },
    {
      title: "Failures and repetitions",
      type: "timeseries",
      unit: "reqps",
      description: "Requests that did not go well, by reason.",
      queries: [
        query(rate("sre_agent_model_retries_total", "reason"), "again after {{reason}}"),
        query(rate('sre_agent_model_request_duration_seconds_count{outcome!="ok"}', "outcome"), "ended as {{outcome}}"),
      ],
    },
  ],
};

const PROCESSES: Row = {
  title: "Processes",
  panels: [
    {
      title: "Queue depth",
      type: "timeseries",
      unit: "short",
      description: "Keys that are ready to be worked on.",
      queries: [query("sum by (component, queue) (sre_agent_queue_depth)", "{{component}} {{queue}}")],
    },
    {
      title: "Watch age",
      type: "timeseries",
      unit: "s",
      description: "Since the API server was last heard; rises to about a minute on a quiet kind.",
      queries: [query("max by (component, kind) (sre_agent_watch_age_seconds)", "{{component}} {{kind}}")],
    },
    {
      title: "Memory",
      type: "timeseries",
      unit: "bytes",
      description: "Resident memory of each process.",
      queries: [
        query('process_resident_memory_bytes{component=~"operator|agent|mcp-read|mcp-act"}', "{{component}} {{pod}}"),
      ],
    },
    {
      title: "HTTP answers",
      type: "timeseries",
      unit: "reqps",
      description: "By class of status code, and those refused since their caller made too many.",
      queries: [
        query(rate("sre_agent_http_requests_total", "component, code"), "{{component}} {{code}}"),
        query(rate("sre_agent_http_rate_limited_total", "component"), "{{component}} limited"),
      ],
    },
  ],
};

const COLUMNS = 3;
const WIDTH = 24 / COLUMNS;
const HEIGHT = 8;
const SOURCE = { type: "prometheus", uid: "${source}" };

/** `place`: how many panels of its row stand before it. */
function panelAt(
  panel: Panel,
  { id, top, place }: { readonly id: number; readonly top: number; readonly place: number },
) {
  const x = (place % COLUMNS) * WIDTH;
  const y = top + Math.floor(place / COLUMNS) * HEIGHT;
  return {
    id,
    title: panel.title,
    description: panel.description,
    type: panel.type,
    datasource: SOURCE,
    gridPos: { x, y, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit: panel.unit, min: 0 }, overrides: [] },
    targets: panel.queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      datasource: SOURCE,
      expr,
      legendFormat: legend,
      instant: panel.type !== "timeseries",
    })),
  };
}

function laidOut(rows: readonly Row[]): readonly object[] {
  let top = 0;
  return rows.flatMap(({ title, panels }, row) => {
    const first = row * 100 + 1;
    const header = {
      id: first,
      type: "row",
      title,
      collapsed: false,
      gridPos: { x: 0, y: top, w: 24, h: 1 },
      panels: [],
    };
    const placed = panels.map((panel, place) => panelAt(panel, { id: first + 1 + place, top: top + 1, place }));
    top += 1 + Math.ceil(panels.length / COLUMNS) * HEIGHT;
    return [header, ...placed];
  });
}

/** `deploy/observability/dashboard.json`: what a person on call looks at, from the incidents down to the processes. */
export function dashboard(): string {
  const variable = { name: "source", label: "Data source", type: "datasource", query: "prometheus" };
  const page = {
    uid: "sre-agent",
    title: "sre-agent",
    tags: ["sre-agent"],
    schemaVersion: 39,
    timezone: "browser",
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: { list: [variable] },
    panels: laidOut([INCIDENTS, CHANGES, MODEL, PROCESSES]),
  };
  return `${JSON.stringify(page, null, 2)}\n`;
}
