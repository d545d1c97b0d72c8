import { type ModelConfig, parseModelConfig } from "@sre-agent/agent";
import type { Environment } from "@sre-agent/frame";
import { type Invocation, type Option, textOption } from "../command.ts";
import { settingsOf } from "./settings.ts";

export const MODEL_OPTION = {
  type: "string",
  value: "NAME",
  description: "Deployment to ask, or rules for none; default MODEL_BACKEND and AZURE_OPENAI_DEPLOYMENT.",
} as const satisfies Option;

/** The model of the environment, with the deployment that `--model` names. @throws UserError with every fault. */
export function modelSettings(invocation: Invocation): ModelConfig {
  return settingsOf(parseModelConfig(chosen(invocation.environment, textOption(invocation, "model"))));
}

function chosen(environment: Environment, model: string | undefined): Environment {
  if (model === undefined) return environment;
  if (model === "rules") return { ...environment, MODEL_BACKEND: "rules" };
  const { MODEL_BACKEND: backend = "" } = environment;
  const named = backend === "" || backend === "rules" ? "responses" : backend;
  return { ...environment, MODEL_BACKEND: named, AZURE_OPENAI_DEPLOYMENT: model };
}
