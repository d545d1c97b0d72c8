import { describe, expect, test } from "vitest";
import type { Fields } from "./builders.ts";
import { app, CRASHING, found, said } from "./objects.ts";

const crashing = (container: Fields) => app("web", { ...CRASHING, container });
const causeOf = (container: Fields, text: string) => found(crashing(container), [said("web-0", text)])[0]?.cause;
const at = "spec.template.spec.containers[main]";

describe("a flag that the program refuses", () => {
  test.each([
    ["pflag", { args: ["-v", "--concurency=2"] }, "Error: unknown flag: --concurency", "--concurency", "args[1]"],
    [
      "the flags of Go, with one dash",
      { args: ["--worker", "2"] },
      "flag provided but not defined: -worker\nUsage of web:",
      "-worker",
      "args[0]",
    ],
    ["getopt", { command: ["web", "--prot", "80"] }, "web: unrecognized option '--prot'", "--prot", "command[1]"],
    [
      "argparse",
      { command: ["web"], args: ["--prot=80"] },
      "web: error: unrecognized arguments: --prot=80",
      "--prot",
      "args[0]",
    ],
    ["clap", { args: ["serve", "--prot"] }, "error: unexpected argument '--prot' found", "--prot", "args[1]"],
    [
      "a script that has it",
      { command: ["sh", "-c", "exec web --prot 80"] },
      "error: no such option: --prot",
      "--prot",
      "command[2]",
    ],
    [
      "an env variable",
      { env: [{ name: "WEB_OPTS", value: "-Xmx1g -XX:Foo --prot" }] },
      "Unrecognized option: --prot",
      "--prot",
      "env[WEB_OPTS]",
    ],
  ])("by %s", (_, container, text, flag, place) => {
    expect(causeOf(container, text)).toContain(`; the program knows no ${flag}, which is ${at}.${place}`);
  });

  test("and the nearest one that its usage lists", () => {
    const [finding] = found(crashing({ args: ["--concurency=2"] }), [
      said("web-0", "Error: unknown flag: --concurency\nUsage:\n  --concurrency int   workers\n  --port int"),
    ]);
    expect(finding?.cause).toMatch(/args\[0\]; its log lists --concurrency$/);
    expect(finding?.fix).toMatchObject({
      kind: "decision",
      summary: `correct or remove --concurency in ${at}.args[0] (--concurrency?)`,
    });
  });

  test.each([
    ["which the container is not given", { args: ["--port=80"] }, "Error: unknown flag: --concurency"],
    ["and goes on without", { args: ["--prot=80"] }, "unknown option --prot ignored\nFATAL: no disk"],
    ["of another name", { args: ["--port-range=80"] }, "Error: unknown flag: --port"],
  ])("silent: one %s", (_, container, text) => {
    expect(causeOf(container, text)).not.toContain("knows no");
  });
});
