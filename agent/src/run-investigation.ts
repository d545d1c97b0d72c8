import type { DecideRequest, JournalEntry, Report, Usage } from "@sre-agent/crds";
import { createRunner } from "./loop/run.ts";
import { stateOf } from "./loop/run-state.ts";
import type { ModelConfig } from "./model/model-config.ts";
import { modelOf } from "./model/model-of.ts";
import { REAL_EFFECTS } from "./real-effects.ts";
import { usageOf } from "./report/usage.ts";
import { type LocalServer, localTools } from "./tools/local-tools.ts";

export interface InvestigationOptions {
  readonly model: ModelConfig;
  /** The MCP server in this process; whoever composes it decides on whose rights it reads. */
  readonly server: LocalServer;
  readonly request: DecideRequest;
  /** Called with each entry before the next step is taken, with what the run has spent up to it. */
  readonly onEntry?: (entry: JournalEntry, spent: Usage) => void | Promise<void>;
  /** Told when the run goes on otherwise than it was configured. */
  readonly warn?: (message: string) => void;
  readonly signal: AbortSignal;
}

/** A whole run in this process, for a person at a terminal. Rejects when `signal` aborts. */
export async function runInvestigation(options: InvestigationOptions): Promise<Report> {
  const { request, onEntry, signal, warn } = options;
  const journal: JournalEntry[] = [...(request.journal ?? [])];
  const runner = createRunner({
    model: await modelOf(options.model, { warn: warn ?? (() => undefined) }),
    tools: localTools(options.server),
    language: options.model.ANSWER_LANGUAGE,
    ...REAL_EFFECTS,
  });
  return runner.run(request, {
    signal,
    async onEntry(entry) {
      journal.push(entry);
      await onEntry?.(entry, usageOf(stateOf(journal)));
    },
  });
}
