import { spawnSync } from "node:child_process";
import { describe, expect, it, vi } from "vitest";
import { COMMANDS } from "../src/command-table.ts";
import { call } from "./call.ts";

// A machine that is busy takes its time; nothing here is about speed.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** What bash offers for the words of a command line, the last one being completed. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const { stdout: script } = await call(["completion", "bash"]);
  const line = ["sre-agent", ...words].map((word) => `'${word}'`).join(" ");
  const ask = `${script}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _sre_agent; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", ask], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.trim().split("\n");
}

describe("completion", () => {
  it("offers every command, the options of one, and the values of an option", async () => {
    expect(await offered("")).toEqual(Object.keys(COMMANDS));
    expect(await offered("inv")).toEqual(["investigate"]);
    expect(await offered("investigate", "--m")).toEqual(["--model", "--mode", "--max-cost", "--max-seconds"]);
    expect(await offered("investigate", "--mode", "p")).toEqual(["propose"]);
    expect(await offered("transcript", "-o", "m")).toEqual(["markdown"]);
    expect(await offered("policy", "s")).toEqual(["show", "set"]);
    expect(await offered("policy", "set", "")).toEqual(expect.arrayContaining(["propose", "auto", "--yes"]));
    expect(await offered("policy", "set", "s"), "only what may stand there").toEqual([""]);
  });

  it.each(["zsh", "fish"])("of %s names every command", async (shell) => {
    const { code, stdout } = await call(["completion", shell]);
    expect(code).toBe(0);
    for (const name of Object.keys(COMMANDS)) expect(stdout).toContain(name);
  });
});
