import { createInterface } from "node:readline/promises";
import { UserError } from "@sre-agent/frame";
import type { Invocation } from "../command.ts";

/** Whether a person says yes; `--yes` is one. @throws UserError where nobody can be asked. */
export async function confirmed(invocation: Invocation, question: string): Promise<boolean> {
  if (invocation.options["yes"] === true) return true;
  if (!invocation.terminal.interactive) {
    throw new UserError("There is no terminal to ask on.", {
      nextStep: "Add --yes once a person has seen the change.",
    });
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`\n${question} [y/N] `, { signal: invocation.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}
