import type { TurnUsage } from "@sre-agent/crds";
import type { ModelTurn } from "./model-client.ts";
import type { ModelConfig } from "./model-config.ts";
import type { ModelError, ModelErrorCode } from "./model-error.ts";

/** One thing that was found about a deployment. */
export interface Check {
  readonly name:
    | "address"
    | "connection"
    | "authorization"
    | "deployment"
    | "tools"
    | "strict schemas"
    | "second turn"
    | "report form"
    | "cache"
    | "rate limits";
  readonly status: "ok" | "warn" | "fail";
  readonly found: string;
  /** What to change, when something should be. */
  readonly change?: string;
}

const AZURE = /\.(openai|services\.ai|cognitiveservices)\.azure\.(com|us|cn)$/;

/** Whether the base URL is one that this client can speak to. */
export function checkAddress({ AZURE_OPENAI_ENDPOINT: endpoint = "" }: ModelConfig): Check {
  const { hostname, pathname, search } = new URL(endpoint);
  const name = "address";
  const found = `${hostname}${pathname}`;
  if (search !== "") {
    return { name, status: "fail", found: `${found} with a query`, change: "Leave ?api-version out: v1 has none." };
  }
  if (AZURE.test(hostname) && !/\/openai\/v1\/?$/.test(pathname)) {
    return { name, status: "fail", found, change: "Set AZURE_OPENAI_ENDPOINT to https://RESOURCE…/openai/v1/." };
  }
  return { name, status: "ok", found };
}

interface Advice {
  readonly name: Check["name"];
  readonly change: string;
}

const ADVICE: Readonly<Record<ModelErrorCode, Advice>> = {
  auth: {
    name: "authorization",
    change:
      "Check the key; with AZURE_OPENAI_AUTH=entra the role Cognitive Services OpenAI User, and AZURE_OPENAI_SCOPE: https://ai.azure.com/.default or https://cognitiveservices.azure.com/.default.",
  },
  quota: { name: "rate limits", change: "Raise the deployment's quota, or wait until it is renewed." },
  rate_limited: { name: "rate limits", change: "Wait, or raise the deployment's tokens per minute." },
  filtered: { name: "deployment", change: "Loosen the deployment's content filter for prompts and tool results." },
  bad_response: {
    name: "deployment",
    change: "AZURE_OPENAI_DEPLOYMENT has to name a deployment of this resource that speaks the MODEL_BACKEND's API.",
  },
  unreachable: {
    name: "connection",
    change:
      "Check AZURE_OPENAI_ENDPOINT, DNS and the NetworkPolicy for egress; an endpoint that takes over two minutes is too slow.",
  },
  aborted: { name: "connection", change: "Run it again." },
  internal: { name: "deployment", change: "Report it: the fault is the agent's, not the endpoint's." },
};

/** The check that a failure of the endpoint decided. */
export function failedCheck({ code, message, needsResponses }: ModelError): Check {
  if (needsResponses) {
    const found = "Chat Completions refuses tools together with reasoning.";
    return { name: "tools", status: "fail", found, change: "Set MODEL_BACKEND=responses." };
  }
  return { ...ADVICE[code], status: "fail", found: message };
}

/** Whether an answer that may only be a report is one, at least JSON. */
export function checkForm({ report }: Pick<ModelTurn, "report">): Check {
  const name = "report form";
  if (report !== undefined) return { name, status: "ok", found: "The answer had the form that was asked for." };
  const change = "Reports will be the analyzers' alone: use a model or a server that holds answers to a JSON schema.";
  return { name, status: "warn", found: "The answer was no JSON.", change };
}

/** Whether the second of two requests with one prefix took part of it from the cache. */
export function checkCache({ inputTokens, cachedInputTokens = 0 }: TurnUsage): Check {
  const found = `${cachedInputTokens} of ${inputTokens} input tokens came from the cache.`;
  if (cachedInputTokens > 0) return { name: "cache", status: "ok", found };
  const change = "Runs cost more than they need: a deployment of one model version, without a router, caches best.";
  return { name: "cache", status: "warn", found, change };
}

const LIMIT = /^x-ratelimit-(limit|remaining)-(requests|tokens)$/;

/** What the endpoint says about its limits, when it said anything at all. */
export function checkRateLimits(answers: readonly Headers[]): readonly Check[] {
  if (answers.length === 0) return [];
  const said = answers.flatMap((headers) => [...headers].filter(([name]) => LIMIT.test(name)));
  const newest = [...new Map(said)].map(
    ([name, value]) => `${name.slice("x-ratelimit-".length)} ${value.slice(0, 40)}`,
  );
  if (newest.length > 0) return [{ name: "rate limits", status: "ok", found: `${newest.join(", ")}.` }];
  const change = "Set MODEL_CONCURRENCY to what the endpoint bears: it does not say.";
  return [{ name: "rate limits", status: "warn", found: "No answer carried rate-limit headers.", change }];
}
