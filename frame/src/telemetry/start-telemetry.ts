import { z } from "zod";
import { booleanVariable, httpUrlVariable } from "../config/variables.ts";
import { useTracing } from "./span.ts";

/** Settings of telemetry, for every process that has spans. */
export const telemetryVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrlVariable()
    .optional()
    .describe("Base URL of an OTLP/HTTP receiver, such as http://collector:4318; absent: no spans."),
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: booleanVariable()
    .default(false)
    .describe("true: spans also hold arguments and results of tools and words of the model, redacted."),
} satisfies z.ZodRawShape;
const telemetryConfig = z.object(telemetryVariables);
export type TelemetryConfig = Readonly<z.output<typeof telemetryConfig>>;

export interface Telemetry {
  /** Sends what is left and switches spans off. Never rejects. */
  stop(): Promise<void>;
}

/** Switches spans on when an endpoint is set; only then an SDK is loaded. */
export async function startTelemetry(
  component: string,
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }: Pick<TelemetryConfig, "OTEL_EXPORTER_OTLP_ENDPOINT">,
): Promise<Telemetry> {
  if (endpoint === undefined) return { stop: async () => undefined };
  const { createTracing } = await import("./otlp-tracing.ts");
  const tracing = createTracing(component, endpoint);
  useTracing(tracing);
  return {
    async stop() {
      useTracing(undefined);
      // A receiver that is away is no reason not to end.
      await tracing.stop().catch(() => undefined);
    },
  };
}
