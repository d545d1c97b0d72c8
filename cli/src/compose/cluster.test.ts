import { expect, it } from "vitest";
import { createTerminal } from "../terminal/terminal.ts";
import { kubeconfigOf } from "./cluster.ts";

const silent = { write: () => undefined };
const terminal = createTerminal({ stdout: silent, stderr: silent, noColor: true });
const { signal } = new AbortController();

it.each([
  ["the option", { kubeconfig: "mine" }, { KUBECONFIG: "yours" }, "mine"],
  ["the variable", {}, { KUBECONFIG: "yours" }, "yours"],
  ["neither", {}, {}, undefined],
  ["an empty variable", {}, { KUBECONFIG: "" }, undefined],
])("the kubeconfig is chosen by %s", (_, options, environment, chosen) => {
  expect(kubeconfigOf({ options, environment, positionals: [], terminal, signal })).toBe(chosen);
});
