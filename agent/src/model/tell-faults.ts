import { internalFailure } from "./failure.ts";
import type { ModelClient } from "./model-client.ts";
import { ModelError } from "./model-error.ts";

const MAX_FRAMES = 8;

/** The same backend; a fault of our own code in a turn of it is a ModelError like others, and is told with where it was. */
export function tellingFaults(model: ModelClient, warn: (message: string) => void): ModelClient {
  return {
    ...model,
    async turn(input) {
      try {
        return await model.turn(input);
      } catch (error) {
        const failure = error instanceof ModelError ? error : internalFailure(error);
        if (failure.code === "internal") warn(traceOf(failure));
        throw failure;
      }
    },
  };
}

/** The frames alone: messages may quote the cluster. */
function traceOf({ message, cause }: ModelError): string {
  const frames = cause instanceof Error ? (cause.stack ?? "").match(/^ {4}at .*$/gm) : null;
  return [message, ...(frames ?? []).slice(0, MAX_FRAMES)].join("\n");
}
