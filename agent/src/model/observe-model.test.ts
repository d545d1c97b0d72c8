import { createMetrics, startTelemetry } from "@sre-agent/frame";
import { expect, it } from "vitest";
import { hostedOver, turnInput } from "../../test/hosted.ts";
import { startOtlpReceiver } from "../../test/otlp-receiver.ts";
import { startWireDouble } from "../../test/wire-double/wire-double.ts";
import { modelMetrics } from "./model-metrics.ts";
import { observeModel } from "./observe-model.ts";

const KEY = "key-do-not-show";

it("a request that fails leaves its code in span and metrics, and no word of the endpoint, which may quote the key", async () => {
  const quoted = { message: `Incorrect API key provided: ${KEY}`, code: KEY, param: KEY };
  const double = await startWireDouble([{ status: 401, error: quoted }]);
  const receiver = await startOtlpReceiver();
  const telemetry = await startTelemetry("agent", { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  const metrics = await createMetrics({ component: "agent", processMetrics: false });
  const { baseUrl } = double;
  const parts = { model: "d", baseUrl, metrics: modelMetrics(metrics), content: (text: string) => text, now: () => 0 };
  const model = hostedOver(double, { key: () => KEY, observer: observeModel(parts) });
  await expect(model.turn(turnInput())).rejects.toMatchObject({ code: "auth" });
  await telemetry.stop();
  await Promise.all([receiver.stop(), double.stop()]);
  expect(receiver.spans).toMatchObject([{ name: "chat d", attributes: { "error.type": "auth" } }]);
  expect(JSON.stringify(receiver.spans)).not.toContain(KEY);
  const text = await metrics.text();
  expect(text).toContain('outcome="auth"} 1');
  expect(text).not.toContain(KEY);
});
