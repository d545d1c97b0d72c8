import { SERVICE_ACCOUNTS, SYSTEM_NAMESPACE } from "./identity.ts";
import { apiCredentials, type Mount, mcpToken, secretFiles, temporary } from "./mounts.ts";

/** The four processes of an installation, by the name of their entry in the image. */
export type Role = "operator" | "agent" | "mcp-read" | "mcp-act";

/** What an installation chooses. The chart has expressions of its own in their place, hence text beside numbers and objects. */
export interface Choices {
  readonly image: string;
  readonly imagePullPolicy: string;
  readonly replicas: (role: Role) => number | string;
  readonly resources: (role: Role) => object | string;
  /** More annotations of the pods. */
  readonly annotations: (role: Role) => Readonly<Record<string, string>>;
}

interface Workload {
  readonly account: string;
  readonly port: number;
  readonly mounts: readonly Mount[];
  readonly environment: Readonly<Record<string, string>>;
  /** Ledger and audit chain have one writer: the old pod is gone before the new one starts. */
  readonly strategy: "Recreate" | "RollingUpdate";
}

/** Optional Secret of the key of the model; the ConfigMap of the agent's settings names the file. */
const MODEL_KEY = { name: "sre-agent-model", path: "/var/run/secrets/sre-agent-model" };
/** Bearer secret between operator and agent; made by the one who installs, never stored in a repository. */
const BEARER = { name: "sre-agent-bearer", path: "/var/run/secrets/sre-agent-bearer" };
const BEARER_FILE = `${BEARER.path}/secret`;

const { operator, agent, read, act } = SERVICE_ACCOUNTS;
const urlOf = (account: string, port: number) => `http://${account}.${SYSTEM_NAMESPACE}:${port}`;
/** Every name by which a Service is reached from within the cluster. */
const hostsOf = (account: string) =>
  ["", `.${SYSTEM_NAMESPACE}`, `.${SYSTEM_NAMESPACE}.svc`, `.${SYSTEM_NAMESPACE}.svc.cluster.local`]
    .map((suffix) => account + suffix)
    .join();

const MCP_PORT = 8081;
const mcpEnvironment = (account: string) => ({
  ALLOWED_HOSTS: hostsOf(account),
  AGENT_PRINCIPALS: `system:serviceaccount:${SYSTEM_NAMESPACE}:${agent}`,
});

export const WORKLOADS: Readonly<Record<Role, Workload>> = {
  operator: {
    account: operator,
    port: 8080,
    mounts: [apiCredentials(), secretFiles(BEARER)],
    environment: { AGENT_URL: urlOf(agent, 8080), AGENT_SECRET_FILE: BEARER_FILE },
    strategy: "RollingUpdate",
  },
  agent: {
    account: agent,
    port: 8080,
    mounts: [mcpToken(), secretFiles(BEARER), secretFiles({ ...MODEL_KEY, optional: true })],
    environment: {
      AGENT_SECRET_FILE: BEARER_FILE,
      MCP_READ_URL: `${urlOf(read, MCP_PORT)}/mcp`,
      MCP_ACT_URL: `${urlOf(act, MCP_PORT)}/mcp`,
      MCP_TOKEN_FILE: `${mcpToken().path}/token`,
    },
    strategy: "RollingUpdate",
  },
  "mcp-read": {
    account: read,
    port: MCP_PORT,
    mounts: [apiCredentials()],
    environment: mcpEnvironment(read),
    strategy: "RollingUpdate",
  },
  "mcp-act": {
    account: act,
    port: MCP_PORT,
    mounts: [apiCredentials()],
    environment: mcpEnvironment(act),
    strategy: "Recreate",
  },
};

const ROLES = Object.keys(WORKLOADS) as Role[];
/** Roles that others call by name. The operator is called by nobody; its metrics are scraped from the pod. */
const SERVED = ROLES.filter((role) => role !== "operator");

export const selectorOf = (role: Role) => ({ "app.kubernetes.io/name": WORKLOADS[role].account });
const labelsOf = (role: Role) => ({ ...selectorOf(role), "app.kubernetes.io/part-of": "sre-agent" });
export const metadataOf = (role: Role) => ({
  name: WORKLOADS[role].account,
  namespace: SYSTEM_NAMESPACE,
  labels: labelsOf(role),
});

const NUMERIC_USER = 65_532;

/** Deployments and their Services, restricted as the Pod Security Standard of that name asks. */
export function workloads(choices: Choices): readonly object[] {
  return [...ROLES.map((role) => deployment(role, choices)), ...SERVED.map(service), disruptionBudget("mcp-read")];
}

function deployment(role: Role, choices: Choices): object {
  const { port, strategy } = WORKLOADS[role];
  const annotations = {
    "prometheus.io/scrape": "true",
    "prometheus.io/port": String(port),
    "prometheus.io/path": "/metrics",
    ...choices.annotations(role),
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: metadataOf(role),
    spec: {
      replicas: choices.replicas(role),
      revisionHistoryLimit: 3,
      strategy: { type: strategy },
      selector: { matchLabels: selectorOf(role) },
      template: { metadata: { labels: labelsOf(role), annotations }, spec: podSpec(role, choices) },
    },
  };
}

function podSpec(role: Role, choices: Choices): object {
  const { account, mounts } = WORKLOADS[role];
  const all = [...mounts, temporary()];
  return {
    serviceAccountName: account,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 30,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: NUMERIC_USER,
      runAsGroup: NUMERIC_USER,
      fsGroup: NUMERIC_USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [container(role, choices, all)],
    volumes: all.map(({ name, source }) => ({ name, ...source })),
  };
}

function container(role: Role, choices: Choices, mounts: readonly Mount[]): object {
  const { account, port } = WORKLOADS[role];
  return {
    name: role,
    image: choices.image,
    imagePullPolicy: choices.imagePullPolicy,
    args: [role],
    ports: [{ name: "http", containerPort: port }],
    env: environmentOf(role),
    // Each key is a variable of docs/configuration.md; what stands in `env` above wins.
    envFrom: [{ configMapRef: { name: `${account}-settings`, optional: true } }],
    ...probes(),
    resources: choices.resources(role),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: mounts.map(({ name, path, writable }) => ({
      name,
      mountPath: path,
      ...(writable ? {} : { readOnly: true }),
    })),
  };
}

function environmentOf(role: Role): readonly object[] {
  const { port, environment } = WORKLOADS[role];
  const fixed = {
    HOST: "0.0.0.0",
    PORT: String(port),
    // By itself Node takes a quarter of the memory limit for its heap; garbage of lists that were just read may be 48 MiB of it.
    NODE_OPTIONS: "--max-old-space-size-percentage=70 --max-semi-space-size=8",
    ...environment,
  };
  const fromPod = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  return [
    ...Object.entries(fixed).map(([name, value]) => ({ name, value })),
    ...(role === "agent"
      ? []
      : [fromPod("POD_NAME", "metadata.name"), fromPod("SYSTEM_NAMESPACE", "metadata.namespace")]),
  ];
}

/** A start may take two minutes on a slow machine; after that a process that does not answer for a minute is restarted. */
function probes(): object {
  const get = (path: string) => ({ httpGet: { path, port: "http" }, timeoutSeconds: 5 });
  return {
    startupProbe: { ...get("/healthz"), periodSeconds: 1, failureThreshold: 120 },
    livenessProbe: { ...get("/healthz"), periodSeconds: 10, failureThreshold: 6 },
    readinessProbe: { ...get("/readyz"), periodSeconds: 2, failureThreshold: 3 },
  };
}

function service(role: Role): object {
  const { port } = WORKLOADS[role];
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadataOf(role),
    spec: {
      selector: selectorOf(role),
      // A caller stays with one replica: it keeps the evidence of the caller's runs.
      sessionAffinity: "ClientIP",
      ports: [{ name: "http", port, targetPort: "http" }],
    },
  };
}

/** Only where there are replicas: a budget over one pod would block the drain of its node. */
function disruptionBudget(role: Role): object {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadataOf(role),
    spec: { minAvailable: 1, selector: { matchLabels: selectorOf(role) } },
  };
}
