import { parseModelConfig } from "@sre-agent/agent";
import { SERVICE_ACCOUNTS, SYSTEM_NAMESPACE } from "@sre-agent/deploy";
import { look, type Stored } from "../compose/look.ts";
import type { Cluster } from "./cluster-checks.ts";

/** What the installed agent asks, to stand behind how many of it are ready; empty where its settings may not be read. */
export async function installedModel(cluster: Cluster, deployment: Stored): Promise<string> {
  const name = `${SERVICE_ACCOUNTS.agent}-settings`;
  const map = await look(cluster, { apiVersion: "v1", kind: "ConfigMap", namespace: SYSTEM_NAMESPACE, name });
  if (map === "hidden") return "";
  const given = map === "missing" ? {} : ((map["data"] ?? {}) as Readonly<Record<string, string>>);
  const parsed = parseModelConfig({ ...given, ...ownVariables(deployment) });
  // It runs, so what looks wrong from here comes from where we do not look.
  if (!parsed.ok) return "";
  const { MODEL_BACKEND: backend, AZURE_OPENAI_DEPLOYMENT: model, AZURE_OPENAI_ENDPOINT: url = "" } = parsed.config;
  return backend === "rules" ? "; fixed rules decide" : `; ${model} through ${backend} at ${new URL(url).hostname}`;
}

/** The variables that a Deployment gives in clear. */
function ownVariables({ spec }: Stored): Readonly<Record<string, string>> {
  const { template } = (spec ?? {}) as PodSpecOf;
  const variables = template?.spec?.containers?.flatMap(({ env = [] }) => env) ?? [];
  return Object.fromEntries(variables.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
}

interface PodSpecOf {
  readonly template?: {
    readonly spec?: {
      readonly containers?: readonly {
        readonly env?: readonly { readonly name: string; readonly value?: string }[];
      }[];
    };
  };
}
