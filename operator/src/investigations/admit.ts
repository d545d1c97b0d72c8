import { findCondition } from "@sre-agent/crds";
import { announce } from "./announce.ts";
import { knownRunOf } from "./known-run.ts";
import { writeStatus } from "./status.ts";
import { DONE, later, logContext, next, type Step } from "./step.ts";

/** A waiting run looks again by itself, beside being woken when a place is free. */
const LOOK_AGAIN_MS = 60_000;

/** Takes a place for the run and says since when it is looked at; or says what it waits for. */
export const admit: Step = async (dependencies, { run }) => {
  if (findCondition(run.status?.conditions, "Investigated") !== undefined) return next(run);
  const { admission, clock, logger } = dependencies;
  const verdict = admission.ask(knownRunOf(run));
  const now = new Date(clock.now()).toISOString();
  if (verdict.kind === "wait") {
    await writeStatus(dependencies, run, {
      conditions: [{ type: "Complete", status: "False", reason: "Queued", message: verdict.message }],
    });
    return later(LOOK_AGAIN_MS, "Queued");
  }
  if (verdict.kind === "skip") {
    await writeStatus(dependencies, run, {
      conditions: [{ type: "Complete", status: "True", reason: "Skipped", message: verdict.message }],
      set: { completedAt: now },
    });
    return DONE;
  }
  const started = await writeStatus(dependencies, run, {
    conditions: [
      { type: "Complete", status: "False", reason: "Investigating", message: "The agent is reading." },
      { type: "Investigated", status: "False", reason: "InProgress", message: "No decision yet." },
    ],
    set: { startedAt: now },
  }).catch((error: unknown) => {
    admission.giveBack(run.metadata.uid);
    throw error;
  });
  logger.info("investigation started", logContext(started));
  const note = `The agent looks at ${describeTarget(started)}.`;
  await announce(dependencies, started, { type: "Normal", reason: "Investigating", action: "Investigate", note });
  return next(started);
};

function describeTarget({ spec: { target }, metadata }: Parameters<Step>[1]["run"]): string {
  return target.name === undefined ? `namespace ${metadata.namespace}` : `${target.kind} ${target.name}`;
}
