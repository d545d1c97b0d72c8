/** Causes and fixes are phrases; between others they end as sentences do. */
export function sentence(phrase: string): string {
  return phrase === "" || /[.!?]$/.test(phrase) ? phrase : `${phrase}.`;
}
