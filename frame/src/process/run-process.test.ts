import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { type RunProcessOptions, runProcess } from "./run-process.ts";
import { UserError } from "./user-error.ts";

function surroundings(options: Partial<RunProcessOptions> = {}) {
  const printed: string[] = [];
  const exits: number[] = [];
  const source = new EventEmitter();
  const print = (text: string) => void printed.push(text);
  const exit = (code: number) => void exits.push(code);
  const stdout = new EventEmitter();
  const stderr = new EventEmitter();
  const all = { debug: false, source, print, exit, stdout, stderr, ...options };
  return { printed, exits, source, stdout, stderr, options: all };
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true }));

test("gives the exit code of main, 0 for nothing, and leaves no listener", async () => {
  const { options, source } = surroundings();
  expect(await runProcess(async () => 3, options)).toBe(3);
  expect(await runProcess(async () => undefined, options)).toBe(0);
  expect(source.eventNames()).toEqual([]);
});

test("prints a known error as a sentence with causes and next step, without a stack", async () => {
  const { options, printed } = surroundings();
  const error = new UserError("No cluster.", { nextStep: "Set KUBECONFIG.", exitCode: 4, cause: new Error("ENOENT") });
  expect(await runProcess(() => Promise.reject(error), options)).toBe(4);
  expect(printed).toEqual(["No cluster.\n  because: ENOENT\nSet KUBECONFIG."]);
});

test("tells no cause that the message tells already", async () => {
  const { options, printed } = surroundings();
  const cause = new Error("connect ECONNREFUSED", { cause: new Error("port 1") });
  await runProcess(() => Promise.reject(new UserError("No answer (connect ECONNREFUSED).", { cause })), options);
  expect(printed).toEqual(["No answer (connect ECONNREFUSED).\n  because: port 1"]);
});

test("prints the stack of an unknown error only at debug level", async () => {
  const fail = () => Promise.reject(new TypeError("boom"));
  const quiet = surroundings();
  expect(await runProcess(fail, quiet.options)).toBe(1);
  expect(quiet.printed).toEqual(["Unexpected failure: boom\nSet LOG_LEVEL=debug to see where."]);
  const loud = surroundings({ debug: true });
  await runProcess(fail, loud.options);
  expect(loud.printed[0]).toContain("run-process.test.ts");
});

test.each(["SIGINT", "SIGTERM"])("%s aborts main, which then ends on its own", async (name) => {
  const { options, source, exits } = surroundings();
  const running = runProcess(untilAborted, options);
  source.emit(name);
  expect(await running).toBe(0);
  expect(exits).toEqual([]);
});

test("a second signal exits with 130", async () => {
  const { options, source, exits } = surroundings();
  const running = runProcess(untilAborted, options);
  source.emit("SIGTERM");
  source.emit("SIGINT");
  expect(exits).toEqual([130]);
  await running;
});

test("main that does not stop by the deadline is given up", async () => {
  const { options, source, printed } = surroundings({ deadlineMs: 5 });
  const running = runProcess(() => new Promise<undefined>(() => undefined), options);
  source.emit("SIGTERM");
  expect(await running).toBe(1);
  expect(printed).toEqual(["The process did not stop in time and was ended."]);
});

const fault = (code: string) => Object.assign(new Error(`write ${code}`), { code });

test("whoever closes standard output has read enough: main is aborted, without a word", async () => {
  const { options, stdout, printed } = surroundings();
  const running = runProcess(async (signal) => {
    await untilAborted(signal);
    throw signal.reason;
  }, options);
  stdout.emit("error", fault("EPIPE"));
  expect(await running).toBe(141);
  stdout.emit("error", fault("EPIPE"));
  expect(printed).toEqual([]);
});

const NOT_WHOLE =
  "Standard output cannot be written.\n  because: write ENOSPC\nWhat was printed is not whole: check the disk, or the program, that it goes to.";

test("an answer that was not written whole is no success, although main had ended: a full disk", async () => {
  const { options, stdout, printed } = surroundings();
  const running = runProcess(async () => {
    process.nextTick(() => stdout.emit("error", fault("ENOSPC")));
    return 0;
  }, options);
  expect(await running).toBe(1);
  expect(printed).toEqual([NOT_WHOLE]);
});

test("another failure of standard output is told; standard error fails in silence", async () => {
  const { options, stdout, stderr, printed } = surroundings();
  const running = runProcess(async (signal) => {
    await untilAborted(signal);
    throw signal.reason;
  }, options);
  stderr.emit("error", fault("EPIPE"));
  stdout.emit("error", fault("ENOSPC"));
  expect(await running).toBe(1);
  expect(printed).toEqual([NOT_WHOLE]);
});
