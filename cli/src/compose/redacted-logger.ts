import { randomBytes } from "node:crypto";
import { createLogger, type Logger, type LoggerOptions } from "@sre-agent/frame";
import { createPseudonyms, normalise, redact } from "@sre-agent/redaction";

/** The log of a process: an error may quote what was read or sent, so no line leaves with a credential in it. */
export function redactedLogger(options: Omit<LoggerOptions, "scrub">): Promise<Logger> {
  const pseudonym = createPseudonyms(randomBytes(32));
  return createLogger({ ...options, scrub: (text) => redact(normalise(text), { pseudonym }).text });
}
