import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeClock } from "@sre-agent/kube/testing";
import { expect, test } from "vitest";
import { createAuditLog } from "./audit-log.ts";
import type { AuditEntry, AuditHead } from "./audit-record.ts";
import { createFileSink } from "./sinks.ts";
import { verifyChain } from "./verify-chain.ts";

const entry = (code: string): AuditEntry => ({
  kind: "intent",
  actor: "agent",
  correlationId: "c",
  remediation: "shop/act-1",
  digest: "d",
  code,
});

function recording(
  options: { readonly failing?: () => boolean; readonly head?: Pick<AuditHead, "sequence" | "hash"> } = {},
) {
  const lines: string[] = [];
  const heads: AuditHead[] = [];
  const failures: unknown[] = [];
  const log = createAuditLog({
    sink: {
      async append(line) {
        if (options.failing?.()) throw new Error("disk full");
        lines.push(line.trim());
      },
    },
    anchor: async (head) => {
      heads.push(head);
      if (heads.length === 2) throw new Error("no cluster");
    },
    onAnchorFailure: (error) => failures.push(error),
    clock: createFakeClock(),
    ...(options.head ? { head: options.head } : {}),
  });
  return { log, lines, heads, failures };
}

test("chains records even when they are appended at once, and anchors each head", async () => {
  const { log, lines, heads, failures } = recording();
  await Promise.all(["a", "b", "c"].map((code) => log.append(entry(code))));
  expect(lines.map((line) => JSON.parse(line).code)).toEqual(["a", "b", "c"]);
  expect(verifyChain(lines, heads.at(-1))).toMatchObject({ ok: true, records: 3 });
  expect(failures).toHaveLength(1);
});

test("a record that could not be stored leaves no gap", async () => {
  let down = true;
  const { log, lines } = recording({ failing: () => down });
  await expect(log.append(entry("a"))).rejects.toThrow("disk full");
  down = false;
  await log.append(entry("b"));
  expect(verifyChain(lines)).toMatchObject({ ok: true, records: 1 });
});

test("goes on from the head of an earlier process", async () => {
  const first = recording();
  await first.log.append(entry("a"));
  const head = first.heads[0];
  const second = recording(head ? { head } : {});
  await second.log.append(entry("b"));
  expect(verifyChain([...first.lines, ...second.lines])).toMatchObject({ ok: true, records: 2 });
});

test("every change of a stored chain shows", async () => {
  const { log, lines, heads } = recording();
  for (const code of ["a", "b", "c"]) await log.append(entry(code));
  const [a = "", b = "", c = ""] = lines;
  expect(verifyChain([a, b.replace('"code":"b"', '"code":"x"'), c])).toEqual({
    ok: false,
    line: 2,
    why: "was changed",
  });
  expect(verifyChain([a, c])).toMatchObject({ ok: false, line: 2 });
  expect(verifyChain([b, a, c])).toMatchObject({ ok: false, line: 1 });
  expect(verifyChain([a, "nonsense"])).toMatchObject({ ok: false, line: 2, why: "is no audit record" });
  expect(verifyChain([a, b])).toMatchObject({ ok: true });
  expect(verifyChain([a, b], heads.at(-1))).toMatchObject({ ok: false, why: "does not contain the anchored record 3" });
});

test("keeps a file that a later process appends to", async () => {
  const folder = await mkdtemp(join(tmpdir(), "audit-"));
  try {
    const path = join(folder, "audit.jsonl");
    for (const line of ["one\n", "two\n"]) {
      const sink = await createFileSink(path);
      await sink.append(line);
      await sink.close();
    }
    expect(await readFile(path, "utf8")).toBe("one\ntwo\n");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("goes on from the last whole line of its file, and takes off what a crash cut short", async () => {
  const folder = await mkdtemp(join(tmpdir(), "audit-"));
  const path = join(folder, "audit.jsonl");
  const appendBy = async (code: string) => {
    const sink = await createFileSink(path);
    const { head } = sink;
    const anchor = async () => undefined;
    const clock = createFakeClock();
    await createAuditLog({ sink, anchor, onAnchorFailure: () => undefined, clock, ...(head ? { head } : {}) }).append(
      entry(code),
    );
    await sink.close();
    return head?.sequence;
  };
  expect(await appendBy("a")).toBeUndefined();
  expect(await appendBy("b")).toBe(1);
  await appendFile(path, '{"sequence":3,"kind":"int');
  expect(await appendBy("c")).toBe(2);
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  expect(verifyChain(lines)).toMatchObject({ ok: true, records: 3 });
  await rm(folder, { recursive: true });
});
