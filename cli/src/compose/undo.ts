import { type Receipt, receiptSchema } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { type Connection, whoAmI } from "@sre-agent/kube";
import { actTools } from "@sre-agent/mcp-server";
import { LEDGER_ALONE, localActHandlers } from "./local-act.ts";
import { mcpServerOptions, newPseudonym } from "./mcp-server-options.ts";
import { redactedLogger } from "./redacted-logger.ts";

const TOOL = "remediation_undo";

export interface Undo extends Pick<Receipt, "name" | "summary" | "diff" | "message"> {
  /** The command by which it goes on. */
  readonly next: string | undefined;
}

/**
 * Has the inverse of an ended change recorded, by the act tool for it, with the person's own credential.
 * @throws UserError with the refusal and what to do
 */
export async function proposeUndo(
  connection: Connection,
  remediation: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Undo> {
  const { call } = mcpServerOptions({
    tools: actTools(localActHandlers(connection, LEDGER_ALONE)),
    connection,
    pseudonym: newPseudonym(),
    runPrincipals: [],
    localCaller: await whoAmI(connection, { signal }),
    logger: await redactedLogger({ component: "undo", level: "error" }),
    onCall: () => undefined,
  });
  const reply = await call({ name: TOOL, args: remediation, meta: undefined, principal: undefined, signal });
  const [said = ""] = reply.content.map(({ text }) => text);
  if (reply.isError === true) throw refusal(said);
  const receipt = receiptSchema.safeParse(reply.structuredContent).data;
  if (receipt === undefined) throw new UserError(`The answer of ${TOOL} cannot be read: ${said.slice(0, 500)}`);
  const { name, summary, diff, message, approveCommand } = receipt;
  return { name, summary, diff, ...(message === undefined ? {} : { message }), next: approveCommand };
}

/** `CODE: message` and `Next: …`, as every refusal of a tool. */
function refusal(said: string): UserError {
  const [message = said, next] = said.split("\nNext: ");
  return new UserError(message, next === undefined ? {} : { nextStep: next });
}
