import { type DecideRequest, decideRequestSchema, type JournalEntry, type Report } from "@sre-agent/crds";
import {
  carrierIn,
  correlationIdOf,
  GEN_AI,
  inSpan,
  type Logger,
  OPERATIONS,
  seededCarrier,
  sendProblem,
} from "@sre-agent/frame";
import type { Request, RequestHandler, Response } from "express";
import type { z } from "zod";
import type { Runner } from "../loop/run.ts";

export interface DecideOptions {
  readonly runner: Runner;
  readonly logger: Logger;
  /** False while the MCP servers have not been reached: nothing can be looked at. */
  readonly ready: () => boolean;
  /** Runs at the same time; one more is answered 429. */
  readonly maxConcurrent: number;
}

/** `POST /decide`: one durable step when there is a journal; else the whole run, as JSON or as server-sent events. */
export function decideHandler(options: DecideOptions): RequestHandler {
  let running = 0;

  async function answerOne(body: DecideRequest, exchange: Exchange): Promise<void> {
    running += 1;
    try {
      await traced(body, exchange, () => answer(options, body, exchange));
    } finally {
      running -= 1;
    }
  }

  return async (request, response, next) => {
    const parsed = decideRequestSchema.safeParse(request.body);
    if (!parsed.success) return invalidBody(response, parsed.error);
    if (!options.ready()) return notReady(response);
    if (running >= options.maxConcurrent) return busy(response);
    await answerOne(parsed.data, { request, response }).catch((error: unknown) => {
      if (response.closed) return;
      if (!response.headersSent) return next(error);
      options.logger.error("a streamed run failed", { correlationId: parsed.data.correlationId, error });
    });
  };
}

interface Exchange {
  readonly request: Request;
  readonly response: Response;
}

const AGENT = "sre-agent";

/** In the trace of the caller; without one in a trace of the run, so that all its steps are one. */
function traced(body: DecideRequest, { request }: Exchange, work: () => Promise<void>): Promise<void> {
  const attributes = {
    [GEN_AI.operation]: OPERATIONS.agent,
    [GEN_AI.agentName]: AGENT,
    [GEN_AI.conversationId]: body.correlationId,
  };
  const parent = carrierIn(request.headers) ?? seededCarrier(body.correlationId);
  return inSpan(`${OPERATIONS.agent} ${AGENT}`, { kind: "server", attributes, parent }, work);
}

async function answer(
  { runner, logger }: DecideOptions,
  body: DecideRequest,
  { request, response }: Exchange,
): Promise<void> {
  const { correlationId, context } = body;
  const log = logger.child({ correlationId, namespace: context.target.namespace });
  const signal = disconnected(response);
  if (body.journal !== undefined) {
    const step = await runner.step(body, body.journal, signal);
    log.info("step", { entries: step.entries.map(({ kind }) => kind).join(), continue: step.continue });
    response.json(step);
    return;
  }
  if (request.accepts(["application/json", "text/event-stream"]) !== "text/event-stream") {
    response.json(await runner.run(body, { signal }));
    return;
  }
  await stream(response, (onEntry) => runner.run(body, { signal, onEntry }));
}

type Emit = (entry: JournalEntry) => void;

/** Once events are under way an error can only be told as one. */
async function stream(response: Response, run: (onEntry: Emit) => Promise<Report>): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const send = (event: string, data: unknown) =>
    void response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  try {
    send("report", await run((entry) => send("entry", entry)));
  } catch (error) {
    send("error", { code: "INTERNAL", title: "The run failed inside the agent." });
    throw error;
  } finally {
    response.end();
  }
}

/** A caller who hangs up stops the run's spending. */
function disconnected(response: Response): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => gone.abort(new Error("the caller hung up")));
  return gone.signal;
}

/** 400 that names each wrong field. */
export function invalidBody(response: Response, error: z.ZodError): void {
  const errors = error.issues.map((issue) => ({
    path: [...issue.path, ...(issue.code === "unrecognized_keys" ? issue.keys : [])].join("."),
    message: issue.message,
  }));
  sendProblem(response, { status: 400, code: "SCHEMA_INVALID", title: "The body is not what this takes.", errors });
}

function notReady(response: Response): void {
  const detail = "The MCP servers have not been reached yet.";
  sendProblem(response, { status: 503, code: "TOOLS_UNREACHABLE", title: "Not ready", detail, retryAfterSeconds: 1 });
}

function busy(response: Response): void {
  const detail = `As many runs as this agent takes at a time are under way (${correlationIdOf(response)}).`;
  sendProblem(response, { status: 429, code: "BUSY", title: "Too many runs", detail, retryAfterSeconds: 2 });
}
