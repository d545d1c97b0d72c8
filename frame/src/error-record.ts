/** How an error stands in a log line. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorRecord;
}

const MAX_CAUSES = 8;

function codeOf(error: Error): string | undefined {
  return "code" in error && (typeof error.code === "string" || typeof error.code === "number")
    ? String(error.code)
    : undefined;
}

/**
 * The error and its chain of causes, at most 8 deep. Only name, message, code and (when asked for) the stack are kept:
 * other properties of foreign errors may hold request headers or bodies.
 */
export function errorRecord(error: unknown, options: { readonly stack: boolean }, depth = 0): ErrorRecord {
  if (!(error instanceof Error)) return { name: "NonError", message: String(error) };
  const code = codeOf(error);
  return {
    name: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(options.stack && error.stack !== undefined ? { stack: error.stack } : {}),
    ...(error.cause === undefined || depth >= MAX_CAUSES
      ? {}
      : { cause: errorRecord(error.cause, options, depth + 1) }),
  };
}
