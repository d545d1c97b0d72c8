import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = join(import.meta.dirname, "../samples");
const NAMESPACE = "shop";
/** The approver of the sample, with every right: what is proven is that the object is right. */
const AS_APPROVER = ["--as=jane@example.com", "--as-group=system:masters", "--as-group=system:authenticated"];

const kubectl = (...args: readonly string[]) =>
  execFileSync("kubectl", [...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

let isOurs = false;
beforeAll(() => {
  isOurs = kubectl("get", "namespace", NAMESPACE, "--ignore-not-found", "-o", "name") === "";
  if (isOurs) kubectl("create", "namespace", NAMESPACE);
});
afterAll(() => {
  if (isOurs) kubectl("delete", "namespace", NAMESPACE, "--wait=false");
});

describe("on a real API server every sample", () => {
  it.each(readdirSync(folder))("%s is accepted as it stands", (file) => {
    const isApproval = file === "approval.yaml";
    const dryRun = ["create", "--dry-run=server", "--validate=strict", "-o", "name", "-f", join(folder, file)];
    // What is there already would be a conflict to `create`, and what has a generated name cannot be applied.
    const verb = ["investigation.yaml", "approval.yaml"].includes(file) ? dryRun : ["apply", ...dryRun.slice(1)];
    expect(kubectl(...verb, ...(isApproval ? AS_APPROVER : []))).not.toBe("");
  });
});
