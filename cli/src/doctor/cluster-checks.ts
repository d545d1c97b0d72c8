import { REQUIRED_KINDS } from "@sre-agent/diagnosis";
import { UserError } from "@sre-agent/frame";
import { type Connection, isKubeError, mayI, type Reader, whoAmI } from "@sre-agent/kube";
import { existingNamespace } from "../compose/existing-namespace.ts";
import { nextStepOf } from "../dispatch.ts";
import { type Check, fail, ok, warn } from "./check.ts";

export interface Cluster {
  readonly connection: Connection;
  readonly reader: Reader;
  readonly namespace: string;
  readonly signal: AbortSignal;
}

/** ValidatingAdmissionPolicy is served as v1 from here on. */
const OLDEST = 30;

/** Whether the API server answers, in which version, and for whom it takes us. */
export async function checkServer({ connection, reader, signal }: Cluster): Promise<readonly Check[]> {
  try {
    const { gitVersion = "unknown", minor = "" } = (await reader.raw("/version", { signal })) as Version;
    const { username } = await whoAmI(connection, { signal });
    const server = `${gitVersion} at ${connection.server}`;
    const old = Number.parseInt(minor, 10) < OLDEST;
    return [
      old
        ? warn(
            "API server",
            server,
            `Admission policies need Kubernetes 1.${OLDEST} or newer; without them guards stand alone.`,
          )
        : ok("API server", server),
      ok("identity", username),
    ];
  } catch (error) {
    if (!isKubeError(error)) throw error;
    const change = "Check the server's address in the kubeconfig and that the API server runs.";
    return [fail("API server", error.message, nextStepOf(error) ?? change)];
  }
}

interface Version {
  readonly gitVersion?: string;
  readonly minor?: string;
}

/** Nothing where the namespace is there, or may not be looked for. */
export async function checkNamespace({ reader, namespace, signal }: Cluster): Promise<readonly Check[]> {
  try {
    await existingNamespace(reader, namespace, signal);
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [fail("namespace", error.message, error.nextStep ?? "")];
  }
}

/** What a diagnosis of a namespace reads. */
export async function checkReading(cluster: Cluster): Promise<readonly Check[]> {
  const { connection, reader, namespace, signal } = cluster;
  const served = await reader.discover({ signal });
  const questions = REQUIRED_KINDS.flatMap(({ apiVersion, kind, scope }) => {
    const type = served.find((each) => each.apiVersion === apiVersion && each.kind === kind);
    const [group = ""] = apiVersion.includes("/") ? apiVersion.split("/") : [""];
    return type === undefined ? [] : [{ verb: "list", group, resource: type.resource, scope }];
  });
  const log = { verb: "get", group: "", resource: "pods", subresource: "log", scope: "Namespaced" as const };
  const answers = await Promise.all(
    [...questions, log].map(async ({ scope, ...question }) => {
      const place = scope === "Namespaced" ? { namespace } : {};
      const name = "subresource" in question ? "pods/log" : question.resource;
      return { name, scope, allowed: await mayI(connection, { ...question, ...place }, { signal }) };
    }),
  );
  return readingChecks(answers, namespace);
}

interface Answer {
  readonly name: string;
  readonly scope: "Namespaced" | "Cluster";
  readonly allowed: boolean;
}

function readingChecks(answers: readonly Answer[], namespace: string): readonly Check[] {
  const title = `reading in ${namespace}`;
  const denied = answers.filter(({ allowed }) => !allowed);
  const inNamespace = denied.filter(({ scope }) => scope === "Namespaced").map(({ name }) => name);
  const beyond = denied.filter(({ scope }) => scope === "Cluster").map(({ name }) => name);
  const ask = (names: readonly string[]) =>
    `Ask for get and list of ${names.join(", ")}; the ClusterRole view has most.`;
  const blind = inNamespace.includes("pods");
  return [
    inNamespace.length === 0
      ? ok(title, `all of ${answers.length - beyond.length} kinds`)
      : (blind ? fail : warn)(title, `no right to ${inNamespace.join(", ")}`, ask(inNamespace)),
    ...(beyond.length === 0
      ? []
      : [
          warn(
            "reading cluster-wide",
            `no right to ${beyond.join(", ")}`,
            `Diagnosis says what it lacks. ${ask(beyond)}`,
          ),
        ]),
  ];
}

/** The metrics API, for usage against requests and limits. */
export async function checkMetrics({ reader, signal }: Cluster): Promise<Check> {
  const name = "metrics API";
  try {
    await reader.raw("/apis/metrics.k8s.io/v1beta1", { signal });
    return ok(name, "metrics.k8s.io/v1beta1");
  } catch (error) {
    if (!isKubeError(error)) throw error;
    return warn(name, "not served", "Install metrics-server to see usage of CPU and memory.");
  }
}
