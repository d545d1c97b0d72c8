import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { patchCommand, patchDiff } from "./patch-view.ts";

const target = { apiVersion: "v1", kind: "Service", namespace: "shop", name: "web" };
const fix = (patch: readonly { path: string; from?: string; to?: string }[], of: object = target) => ({
  kind: "patch" as const,
  target: of as typeof target,
  patch: [...patch],
  summary: "select what is there",
});

/** The arguments that a shell makes of a command line. */
const argumentsOf = (command: string) =>
  spawnSync("sh", ["-c", `${command.replace(/^kubectl/, `printf '%s\\n'`)}`], { encoding: "utf8" })
    .stdout.trim()
    .split("\n");

describe("a minimal patch", () => {
  it("is a diff of its fields", () => {
    expect(
      patchDiff(
        fix([
          { path: "/spec/selector/app", from: '"web"', to: '"shop"' },
          { path: "/spec/x", to: "1" },
        ]),
      ),
    ).toBe('- /spec/selector/app: "web"\n+ /spec/selector/app: "shop"\n+ /spec/x: 1');
  });

  it.each([
    [
      "replaces what it has tested",
      { path: "/spec/selector/app", from: '"web"', to: '"shop"' },
      [
        { op: "test", path: "/spec/selector/app", value: "web" },
        { op: "replace", path: "/spec/selector/app", value: "shop" },
      ],
    ],
    ["adds what is absent", { path: "/spec/replicas", to: "3" }, [{ op: "add", path: "/spec/replicas", value: 3 }]],
    [
      "removes what it has tested",
      { path: "/spec/paused", from: "true" },
      [
        { op: "test", path: "/spec/paused", value: true },
        { op: "remove", path: "/spec/paused" },
      ],
    ],
  ])("%s", (_, field, operations) => {
    const words = argumentsOf(patchCommand(fix([field])) ?? "");
    expect(words.slice(0, -1)).toEqual(["patch", "service", "web", "-n", "shop", "--type=json", "-p"]);
    expect(JSON.parse(words.at(-1) ?? "")).toEqual(operations);
  });

  it("tests every field before it changes one", () => {
    const command = patchCommand(
      fix([
        { path: "/a", from: "1", to: "2" },
        { path: "/b", from: "3", to: "4" },
      ]),
    );
    expect(JSON.parse(argumentsOf(command ?? "").at(-1) ?? "").map(({ op }: { op: string }) => op)).toEqual([
      "test",
      "test",
      "replace",
      "replace",
    ]);
  });

  it("survives the shell whatever a value holds", () => {
    const value = `it's "$HOME" \`id\` \\ ; rm`;
    const words = argumentsOf(patchCommand(fix([{ path: "/spec/x", to: JSON.stringify(value) }])) ?? "");
    expect(JSON.parse(words.at(-1) ?? "")[0].value).toBe(value);
  });

  it("names the group of the kind, and no namespace where there is none", () => {
    const of = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", name: "fast" };
    expect(patchCommand(fix([{ path: "/x", to: "1" }], of))).toMatch(
      /^kubectl patch storageclass\.storage\.k8s\.io fast --type=json/,
    );
  });

  it.each(['"<redacted:jwt:9f3a1c2b>"', '"(hidden)"', "no JSON"])("is no command when a value is %s", (to) => {
    expect(patchCommand(fix([{ path: "/x", to }]))).toBeUndefined();
  });
});
