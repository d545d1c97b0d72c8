import { API_VERSION, DENIAL_META_KEY, RUN_META_KEY } from "@sre-agent/crds";
import { type AccessQuestion, KubeError } from "@sre-agent/kube";
import { createPseudonyms } from "@sre-agent/redaction";
import { beforeEach, describe, expect, it } from "vitest";
import { createCall, readTools, type WireReply } from "../src/index.ts";
import { createMemoryReader, type MemoryReader } from "./memory-reader.ts";

const AGENT = "system:serviceaccount:sre-system:sre-agent";
const RUN = { namespace: "shop", name: "run-1", uid: "uid-1" };
const pseudonym = createPseudonyms(Buffer.alloc(32, 7));

let cluster: MemoryReader;
let questions: AccessQuestion[];

beforeEach(() => {
  cluster = createMemoryReader();
  questions = [];
  for (const name of ["shop", "other"]) {
    cluster.put({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
    cluster.put({ apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: name } });
  }
});

function putRun(spec: object, conditions: readonly object[] = []): void {
  const metadata = { name: RUN.name, namespace: RUN.namespace, uid: RUN.uid };
  cluster.put({ apiVersion: API_VERSION, kind: "SreInvestigation", metadata, spec, status: { conditions } });
}

function call(args: object, caller = AGENT): Promise<WireReply> {
  const reviewer = {
    async may(question: AccessQuestion) {
      questions.push(question);
      return { allowed: question.user.username === "ann" && question.namespace === "other", reason: "" };
    },
    authenticate: async () => undefined,
  };
  return createCall({
    tools: readTools({ reader: cluster.reader, reviewer, now: () => 0, pseudonym }),
    reader: cluster.reader,
    reviewer,
    pseudonym,
    runPrincipals: [AGENT],
    now: () => 0,
    onCall: () => undefined,
  })({
    name: "resource_get",
    args,
    meta: { [RUN_META_KEY]: RUN },
    principal: { username: caller },
    signal: new AbortController().signal,
  });
}

const codeOf = (reply: WireReply) => (reply._meta[DENIAL_META_KEY] as { code: string } | undefined)?.code;
const web = (namespace?: string) => ({ kind: "Pod", name: "web", ...(namespace === undefined ? {} : { namespace }) });

describe("a call for a run", () => {
  it("looks in the run's namespace when it names none, and asks nobody about it", async () => {
    putRun({});
    const reply = await call(web());
    expect(reply.content[0]?.text).toContain("Pod/web in shop");
    expect(questions).toEqual([]);
  });

  it("goes elsewhere only where its requester may, and with the requester's name", async () => {
    putRun({ requester: { user: "ann" } });
    expect((await call(web("other"))).isError).toBeUndefined();
    expect(questions[0]).toMatchObject({
      user: { username: "ann" },
      verb: "list",
      resource: "pods",
      namespace: "other",
    });
    expect(codeOf(await call({ kind: "Namespace", name: "shop" }))).toBe("READ_FORBIDDEN");
    expect(questions[1]).not.toHaveProperty("namespace");
  });

  it("goes nowhere else for a requester who may not, or without one", async () => {
    putRun({ requester: { user: "bob" } });
    expect(codeOf(await call(web("other")))).toBe("READ_FORBIDDEN");
    cluster = createMemoryReader();
    putRun({});
    expect(codeOf(await call(web("other")))).toBe("READ_FORBIDDEN");
  });

  it.each(["Complete", "Failed"])("is refused when the run is over: %s", async (type) => {
    putRun({}, [
      { type, status: "True", reason: "NoActionNeeded", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
    ]);
    expect(codeOf(await call(web()))).toBe("RUN_FINISHED");
  });

  it("says that the kinds are missing", async () => {
    cluster.hook = () => {
      throw new KubeError("no such kind", { code: "UNKNOWN_KIND" });
    };
    expect(codeOf(await call(web()))).toBe("CRDS_MISSING");
  });

  it("tells a stranger nothing about runs: none is read", async () => {
    putRun({});
    expect(codeOf(await call(web(), "ann"))).toBe("RUN_UNKNOWN");
    expect(cluster.reads).toEqual([]);
  });
});
