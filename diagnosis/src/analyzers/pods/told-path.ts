import { hasWord } from "../../snapshot/whole-word.ts";
import { settingsOf } from "./container-setting.ts";
import type { Trouble } from "./container-trouble.ts";

/** Where a container is told a path: its env, its arguments, or its command. */
export function toldAt(trouble: Trouble, path: string): string | undefined {
  return settingsOf(trouble).find(({ text }) => hasWord(text, path, /[\w.-]/))?.field;
}
