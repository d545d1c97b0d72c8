import { createHash } from "node:crypto";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { estimateTokens } from "./tokens.ts";

const DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web-6d4cf56db6-x2k8p", namespace: "shop", uid: "5b1e1a3c-8a8e-4a53-9f5b-0a1c7d6d2f11" },
  spec: { containers: [{ name: "web", image: `registry.example.com/shop/web@sha256:${DIGEST}` }], nodeName: "node-1" },
  status: { phase: "Pending", conditions: [{ type: "Ready", status: "False", reason: "ContainersNotReady" }] },
};
const log = Array.from(
  { length: 60 },
  (_, n) => `2026-01-01T00:00:${String(n).padStart(2, "0")}.123Z ERROR pool-3 connect ECONNREFUSED 10.96.0.${n}:5432`,
).join("\n");

const FIXTURES: readonly (readonly [string, string])[] = [
  ["an object as JSON", JSON.stringify(pod)],
  ["an object, indented", JSON.stringify(pod, null, 2)],
  ["a log", log],
  ["a log in a JSON string", JSON.stringify(log)],
  ["digests", Array.from({ length: 20 }, () => `sha256:${DIGEST}`).join("\n")],
  // As sealed reasoning and certificates are.
  ["base64", Array.from({ length: 40 }, (_, n) => createHash("sha512").update(`${n}`).digest("base64")).join("")],
  ["capitals", "FATAL ERROR ECONNREFUSED ETIMEDOUT EAI_AGAIN SIGKILL OOM PVC DNS TLS RBAC CIDR ".repeat(20)],
  ["signs in pictures", "✅❌⚠️🔥🚀 ".repeat(40)],
  ["prose", "The Deployment cannot start because the ConfigMap it reads has no key of that name. ".repeat(20)],
  ["Korean", "디플로이먼트가 읽는 컨피그맵에 해당 키가 없어 컨테이너가 시작되지 않습니다. ".repeat(20)],
  [
    "YAML",
    "spec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: web:v2\n".repeat(20),
  ],
];

describe("the estimate of tokens", () => {
  it.each(FIXTURES)("is never more than 5 % below the real count: %s", (_name, text) => {
    expect(estimateTokens(text)).toBeGreaterThanOrEqual(encode(text).length * 0.95);
  });

  it.each(FIXTURES.slice(8))("is not so far above that a window is wasted: %s", (_name, text) => {
    expect(estimateTokens(text)).toBeLessThanOrEqual(encode(text).length * 2.2);
  });
});
