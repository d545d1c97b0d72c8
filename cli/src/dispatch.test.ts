import { describe, expect, it } from "vitest";
import { parseCommand } from "./command.ts";
import { COMMANDS } from "./command-table.ts";
import { dispatch } from "./dispatch.ts";
import { createTerminal } from "./terminal/terminal.ts";

/** A call of the program inside this process: its exit code and what it printed. */
async function call(args: readonly string[]): Promise<{ code: number; stdout: string }> {
  const printed: string[] = [];
  const terminal = createTerminal({
    stdout: { write: (text) => printed.push(text) },
    stderr: { write: () => undefined },
    noColor: false,
  });
  const code = await dispatch(COMMANDS, { args, environment: {}, terminal, signal: new AbortController().signal });
  return { code, stdout: printed.join("") };
}

describe("a wrong call", () => {
  it.each([
    [["diagnos"], /Unknown command "diagnos"\. Did you mean "diagnose"\? Legal: diagnose, /],
    [["xyzzy"], /Unknown command "xyzzy"\. Legal: diagnose, /],
    [["diagnose", "--nmespace", "x"], /Unknown option --nmespace\. Did you mean "--namespace"\? Legal: --namespace, /],
    [["diagnose", "-o", "yaml"], /--output cannot be "yaml"\. Legal: text, json\./],
    [["diagnose", "-A", "-n", "x"], /either --namespace or --all-namespaces/],
    [["diagnose", "-n"], /^--namespace needs a value: --namespace NAMESPACE; /],
    [
      ["investigate", "--max-seconds", "-5"],
      /--max-seconds needs a value: .* begins with a dash is written --max-seconds=N\.$/,
    ],
    [["diagnose", "--exit-code=yes"], /^--exit-code takes no value\.$/],
    [["diagnose", "extra"], /Unexpected argument "extra"/],
    [["crds", "delete"], /ACTION cannot be "delete"\. Legal: apply, print/],
    [["approve"], /REMEDIATION is missing/],
    [["policy"], /ACTION is missing\. Legal: show, set, off\./],
    [
      ["demo", "--incident", "meteor"],
      /--incident cannot be "meteor"\. Legal: bad-release, scaled-to-zero, deadlocked, missing-key, oom, healthy, no-allowed-action, storm/,
    ],
    [["mcp", "--role", "admin"], /--role cannot be "admin"\. Legal: read, act, all/],
  ])("%j is told what is wrong and what is legal", async (args, message) => {
    await expect(call(args)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message),
      nextStep: expect.stringMatching(/^See: sre-agent/),
    });
  });
});

const commands = await Promise.all(Object.values(COMMANDS).map((entry) => entry.load()));
const examples = commands.flatMap((command) => command.examples.map(([line]) => line));

describe("help", () => {
  it.each(Object.keys(COMMANDS))("of %s has a usage line and examples", async (name) => {
    const { code, stdout } = await call([name, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Usage: sre-agent ${name}[\\s\\S]*Examples:[\\s\\S]*sre-agent ${name}`));
  });

  it.each(examples)("has an example that can be called: %s", async (line) => {
    const [name = "", ...args] = (line.split(/ [|<>] /)[0] ?? "").match(/'[^']*'|\S+/g) ?? [];
    const command = await COMMANDS[name]?.load();
    expect(command && parseCommand(command, args)).toBeDefined();
  });

  it("is had by help NAME too", async () => {
    const [flag, word] = await Promise.all([call(["policy", "--help"]), call(["help", "policy"])]);
    expect(word).toEqual(flag);
    await expect(call(["help", "polcy"])).rejects.toMatchObject({
      message: expect.stringMatching(/Did you mean "policy"/),
    });
  });

  it("names the legal values of arguments", async () => {
    expect((await call(["crds", "--help"])).stdout).toMatch(/Arguments:\n {2}ACTION +One of apply, print\./);
  });

  it("lists every command, and asks for one when none is given", async () => {
    const [help, none] = await Promise.all([call(["--help"]), call([])]);
    expect([help.code, none.code]).toEqual([0, 2]);
    expect(help.stdout).toMatch(/diagnose +Name what is wrong/);
  });
});
