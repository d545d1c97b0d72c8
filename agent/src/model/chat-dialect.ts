import { refusesForm, refusesNull } from "./failure.ts";

/** What servers of Chat Completions differ in, and say only by refusing a request. */
export interface ChatDialect {
  /** The narrowest `response_format` that is taken: DeepSeek and llama-cpp-python know JSON, and no schema for it. */
  readonly form: "json_schema" | "json_object" | "text";
  /**
   * The content of a turn with calls and no words. OpenAI, vLLM and Bedrock want null, llama-cpp-python and some of Ollama's
   * models a text; to leave it out suits fewer.
   */
  readonly silence: null | "";
}

export const OPENAI_DIALECT: ChatDialect = { form: "json_schema", silence: null };

const WIDER = { json_schema: "json_object", json_object: "text", text: undefined } as const;

/** The dialect that is left after a request in `spoken` was refused; undefined when it was refused for something else. */
export function dialectAfter(spoken: ChatDialect, error: unknown): ChatDialect | undefined {
  const wider = WIDER[spoken.form];
  if (wider !== undefined && refusesForm(error)) return { ...spoken, form: wider };
  if (spoken.silence === null && refusesNull(error)) return { ...spoken, silence: "" };
  return undefined;
}
