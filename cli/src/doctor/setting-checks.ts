import { examineModel, type ModelConfig, parseModelConfig } from "@sre-agent/agent";
import { type ConfigFault, type Environment, fileSecret, UserError } from "@sre-agent/frame";
import { parseBackendConfig } from "@sre-agent/mcp-server";
import { type Check, fail, ok, warn } from "./check.ts";

export interface Settings {
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** The model's settings; with `ask`, also what the deployment itself answers. */
export async function checkModel({ environment, signal }: Settings, ask: boolean): Promise<readonly Check[]> {
  const parsed = parseModelConfig(environment);
  if (!parsed.ok) {
    return [wrongSettings("model", parsed.faults)];
  }
  const {
    MODEL_BACKEND: backend,
    AZURE_OPENAI_ENDPOINT: endpoint = "",
    AZURE_OPENAI_DEPLOYMENT: model,
    AZURE_OPENAI_API_KEY_FILE: keyFile,
  } = parsed.config;
  if (backend === "rules") {
    const found = "none for this command line: fixed rules decide";
    if (!ask) return [ok("model", found)];
    return [
      fail("model", found, "Set MODEL_BACKEND, AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_DEPLOYMENT to examine one."),
    ];
  }
  const unreadable = unreadableSecret("model", keyFile);
  if (unreadable !== undefined) return [unreadable];
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

function wrongSettings(name: string, faults: readonly ConfigFault[]): Check {
  const found = faults.map(({ variable, message }) => `${variable} ${message}`).join("; ");
  return fail(name, found, "Correct the environment; docs/configuration.md lists every setting.");
}

function unreadableSecret(name: string, path: string | undefined): Check | undefined {
  if (path === undefined) return undefined;
  try {
    fileSecret(path)();
    return undefined;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const why = error.cause instanceof Error ? ` ${error.cause.message}` : "";
    return fail(name, `${error.message}${why}`, error.nextStep ?? "");
  }
}

const BACKENDS = [
  { name: "Prometheus", prefix: "PROMETHEUS", path: "-/healthy" },
  { name: "Loki", prefix: "LOKI", path: "ready" },
] as const;
const TIMEOUT_MS = 3_000;

/** Where metrics and logs come from, where that is set. */
export function checkBackends(settings: Settings): Promise<readonly Check[]> {
  const parsed = parseBackendConfig(settings.environment);
  const faults = parsed.ok ? [] : parsed.faults;
  return Promise.all(BACKENDS.map((backend) => checkBackend(backend, settings, faults)));
}

async function checkBackend(
  { name, prefix, path }: (typeof BACKENDS)[number],
  { environment, signal }: Settings,
  faults: readonly ConfigFault[],
): Promise<Check> {
  const own = faults.filter(({ variable }) => variable.startsWith(prefix));
  if (own.length > 0) return wrongSettings(name, own);
  const variable = `${prefix}_URL`;
  const url = environment[variable] ?? "";
  if (url === "") return ok(name, `${variable} is not set: not asked`);
  const unreadable = unreadableSecret(name, environment[`${prefix}_TOKEN_FILE`] || undefined);
  if (unreadable !== undefined) return unreadable;
  const state = await reach(new URL(path, url.endsWith("/") ? url : `${url}/`), signal);
  const { host } = new URL(url);
  return state === "ok" ? ok(name, host) : warn(name, `${host}: ${state}`, `Check ${variable} and that ${name} runs.`);
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
