import { createMetrics } from "@sre-agent/frame";
import { expect, it } from "vitest";
import { MODEL_ERROR_CODES, ModelError } from "./model-error.ts";
import { modelMetrics } from "./model-metrics.ts";

it.each(MODEL_ERROR_CODES)("a request that ends in %s is counted by its code", async (code) => {
  const metrics = await createMetrics({ component: "test", unknownLabel: "throw", processMetrics: false });
  const { failed, retried } = modelMetrics(metrics);
  failed(code, 1);
  retried(new ModelError(code, "No."));
  const text = await metrics.text();
  expect(text).toContain(`sre_agent_model_request_duration_seconds_count{component="test",outcome="${code}"} 1`);
  expect(text).toContain(`sre_agent_model_retries_total{reason="${code}",component="test"} 1`);
});

it("what a failed request took is counted as much as what an answered one did", async () => {
  const metrics = await createMetrics({ component: "test", unknownLabel: "throw", processMetrics: false });
  modelMetrics(metrics).failed("filtered", 1, { inputTokens: 70, outputTokens: 7, costMicroUsd: 2_000_000 });
  const text = await metrics.text();
  expect(text).toContain('sre_agent_model_tokens_total{type="input",component="test"} 70');
  expect(text).toContain('sre_agent_model_tokens_total{type="output",component="test"} 7');
  expect(text).toContain('sre_agent_model_cost_usd_total{component="test"} 2');
});
