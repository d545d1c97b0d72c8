import { examineModel, type ModelConfig, parseModelConfig } from "@sre-agent/agent";
import type { Environment } from "@sre-agent/frame";
import { type Check, fail, ok, warn } from "./check.ts";

export interface Settings {
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** The model's settings; with `ask`, also what the deployment itself answers. */
export async function checkModel({ environment, signal }: Settings, ask: boolean): Promise<readonly Check[]> {
  const parsed = parseModelConfig(environment);
  if (!parsed.ok) {
    const found = parsed.faults.map(({ variable, message }) => `${variable} ${message}`).join("; ");
    return [fail("model", found, "Correct the environment; docs/configuration.md lists every setting.")];
  }
  const {
    MODEL_BACKEND: backend,
    AZURE_OPENAI_ENDPOINT: endpoint = "",
    AZURE_OPENAI_DEPLOYMENT: model,
  } = parsed.config;
  if (backend === "rules") {
    const found = "none for this command line: fixed rules decide";
    if (!ask) return [ok("model", found)];
    return [
      fail("model", found, "Set MODEL_BACKEND, AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_DEPLOYMENT to examine one."),
    ];
  }
  const configured = [
    ok("model", `${model} through ${backend} at ${new URL(endpoint).hostname}`),
    checkPrices(parsed.config),
  ];
  if (!ask) return configured;
  const examined = await examineModel(parsed.config, signal);
  return [...configured, ...examined.map((check) => ({ ...check, name: `model: ${check.name}` }))];
}

/** Who sets no budget of money needs none. */
function checkPrices({ MODEL_PRICE_INPUT: input, MODEL_PRICE_OUTPUT: output }: ModelConfig): Check {
  const found =
    input === undefined || output === undefined
      ? "not set: a run with a budget of money (--max-cost, costMicroUsd) needs MODEL_PRICE_INPUT and MODEL_PRICE_OUTPUT, and asks no model without them"
      : `${input} USD for a million input tokens, ${output} USD for a million output tokens`;
  return ok("model prices", found);
}

const BACKENDS = [
  { name: "Prometheus", variable: "PROMETHEUS_URL", path: "-/healthy" },
  { name: "Loki", variable: "LOKI_URL", path: "ready" },
] as const;
const TIMEOUT_MS = 3_000;

/** Where metrics and logs come from, where that is set. */
export function checkBackends({ environment, signal }: Settings): Promise<readonly Check[]> {
  return Promise.all(
    BACKENDS.map(async ({ name, variable, path }) => {
      const url = environment[variable] ?? "";
      if (url === "") return ok(name, `${variable} is not set: not asked`);
      if (!/^https?:/.test(url) || !URL.canParse(url))
        return fail(name, `${variable} is no URL`, `Set ${variable} to http://HOST:PORT.`);
      const state = await reach(new URL(path, url.endsWith("/") ? url : `${url}/`), signal);
      const { host } = new URL(url);
      return state === "ok"
        ? ok(name, host)
        : warn(name, `${host}: ${state}`, `Check ${variable} and that ${name} runs.`);
    }),
  );
}

/** `ok`, or why not. Redirects are not followed: the address is the one that was set. */
async function reach(url: URL, signal: AbortSignal): Promise<string> {
  try {
    const limits = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
    const { ok: good, status } = await fetch(url, { redirect: "error", signal: limits });
    return good ? "ok" : `status ${status}`;
  } catch (error) {
    signal.throwIfAborted();
    const { cause } = error as { readonly cause?: { readonly code?: string } };
    return cause?.code ?? "no answer";
  }
}
