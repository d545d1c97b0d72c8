import { readFileSync } from "node:fs";
import { join } from "node:path";

/** `agent/src/prompt/system-text.ts`: the prompt as a module, since neither Node nor a bundle reads a file at its side. */
export function promptModule(root: string): string {
  const text = readFileSync(join(root, "agent/src/prompt/system.md"), "utf8").trimEnd();
  return `/** Generated from \`system.md\` by \`npm run generate\`; do not edit. */\nexport const PROMPT =\n  ${JSON.stringify(text)};\n`;
}
