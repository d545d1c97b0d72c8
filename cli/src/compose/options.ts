import type { Option } from "../command.ts";

/** Options that several commands take, in the same words. */
export const NAMESPACE_OPTION = {
  type: "string",
  short: "n",
  value: "NAMESPACE",
  description: "Namespace; default the context's.",
} as const satisfies Option;

export const OUTPUT_OPTION = {
  type: "string",
  short: "o",
  value: "FORMAT",
  description: "Format.",
  choices: ["text", "json"],
} as const satisfies Option;

export const EXIT_CODE_OPTION = {
  type: "boolean",
  description: "Exit with 3 when something above info was found.",
} as const satisfies Option;

export const YES_OPTION = {
  type: "boolean",
  short: "y",
  description: "Do not ask; for scripts that have shown the change to a person.",
} as const satisfies Option;
