import { hasWord } from "./whole-word.ts";

/** A longer number, an address or a version: in 10.0.0.80 there is no port 80. */
const NUMBER = { before: /[\d.]/, after: /[\d.]*\d/ };

/** Whether the number of a port stands by itself in a command or a setting. */
export function mentionsPort(text: string, port: number): boolean {
  return hasWord(text, String(port), NUMBER);
}
