import { type AnswerLanguage, languageName } from "./language.ts";
import { PROMPT } from "./system-text.ts";

/** The same text for every run of an agent, so that providers can cache it; what is special to a run is in the question. */
export function systemPrompt(language: AnswerLanguage = "en"): string {
  if (language === "en") return PROMPT;
  const words = `Write your sentences in ${languageName(language)}. Keys, codes, names and quoted values stay as they are.`;
  return `${PROMPT}\n\n## Language\n\n${words}`;
}
