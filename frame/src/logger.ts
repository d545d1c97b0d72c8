import { errorRecord } from "./error-record.ts";
import { createLogCleaner } from "./log-fields.ts";
import type { LogLevel } from "./log-level.ts";

/** What ties a line to a run and to an object; on every line of a child logger. */
interface LogContext {
  readonly correlationId?: string;
  readonly namespace?: string;
  readonly resource?: string;
}

/** `error` is written with its chain of causes, and with stacks only at debug level. */
export type LogFields = LogContext & { readonly error?: unknown } & Readonly<Record<string, unknown>>;

export interface Logger {
  readonly level: LogLevel;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(context: LogContext): Logger;
}

export interface LoggerOptions {
  readonly component: string;
  readonly level: LogLevel;
  /** Takes one JSON line at a time; standard error when not given, because stdout carries MCP. */
  readonly destination?: { write(line: string): void };
  /** Applied to every text of a line but the component: the composer passes redaction here. */
  readonly scrub?: (text: string) => string;
}

interface Sink {
  write(level: LogLevel, fields: Record<string, unknown>, message: string): void;
}

async function pinoSink(options: LoggerOptions): Promise<Sink> {
  // Loaded here and not at the top: importing frame stays cheap for processes that never log.
  // The default export: a bundle gives a CommonJS package no other name.
  const { default: pino } = await import("pino");
  const settings = {
    level: options.level,
    base: { component: options.component },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    messageKey: "message",
  };
  // Synchronous, so that the last line before an exit is not lost.
  const sink = pino(settings, options.destination ?? pino.destination({ dest: 2, sync: true }));
  return { write: (level, fields, message) => sink[level](fields, message) };
}

function bind(sink: Sink, context: LogContext, options: LoggerOptions): Logger {
  const stack = options.level === "debug";
  const clean = createLogCleaner({ scrub: options.scrub ?? ((text) => text), stack });
  const write =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      const { error, ...rest } = fields;
      const failure = error === undefined ? {} : { error: errorRecord(error, { stack }) };
      sink.write(level, { ...clean.fields({ ...context, ...rest, ...failure }) }, clean.text(message));
    };
  return {
    level: options.level,
    debug: options.level === "debug" ? write("debug") : () => undefined,
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    child: (more) => bind(sink, { ...context, ...more }, options),
  };
}

/** A JSON-lines logger. Asynchronous only because the first call loads pino (about 30 ms); writing is synchronous. */
export async function createLogger(options: LoggerOptions): Promise<Logger> {
  return bind(await pinoSink(options), {}, options);
}
