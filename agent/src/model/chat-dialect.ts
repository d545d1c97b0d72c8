import { refusesForm, refusesNull } from "./failure.ts";

/** What servers of Chat Completions differ in, and say only by refusing a request. */
export interface ChatDialect {
  /** Takes a JSON schema as `response_format`. */
  readonly takesForm: boolean;
  /**
   * The content of a turn with calls and no words. OpenAI, vLLM and Bedrock want null, llama-cpp-python and some of Ollama's
   * models a text; to leave it out suits fewer.
   */
  readonly silence: null | "";
}

export const OPENAI_DIALECT: ChatDialect = { takesForm: true, silence: null };

/** The dialect that is left after a request in `spoken` was refused; undefined when it was refused for something else. */
export function dialectAfter(spoken: ChatDialect, error: unknown): ChatDialect | undefined {
  if (spoken.takesForm && refusesForm(error)) return { ...spoken, takesForm: false };
  if (spoken.silence === null && refusesNull(error)) return { ...spoken, silence: "" };
  return undefined;
}
