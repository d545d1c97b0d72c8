/** Languages in which a model may answer, by their codes. */
export const ANSWER_LANGUAGES = ["en", "ko", "ja", "zh", "de", "fr", "es", "pt", "it", "nl", "pl", "tr", "vi"] as const;
export type AnswerLanguage = (typeof ANSWER_LANGUAGES)[number];

/** The language's English name, as a model is told it. */
export function languageName(language: AnswerLanguage): string {
  return new Intl.DisplayNames(["en"], { type: "language" }).of(language) ?? language;
}
