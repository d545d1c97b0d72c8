import { API_VERSION, approvalDigest } from "@sre-agent/crds";
import { KubeError } from "@sre-agent/kube";
import { expect, test } from "vitest";
import { propose } from "./propose.ts";
import { createIncident, deploy, onlyRecord, ROLLBACK, requestFor, WEB } from "./test/incident.ts";

const run = (incident: ReturnType<typeof createIncident>) => propose(incident.dependencies, requestFor(ROLLBACK));

test("records the rollback with its diff, its digest and the command to approve it", async () => {
  const incident = createIncident();
  const proposal = await run(incident);
  expect(proposal).toMatchObject({
    ok: true,
    receipt: {
      phase: "Proposed",
      mode: "approve",
      summary: "roll back Deployment/web to revision 1",
      diff: [
        "- spec.template.spec.containers[web].env[KEY]: (hidden)",
        "+ spec.template.spec.containers[web].env[KEY]: (hidden, another value)",
        "- spec.template.spec.containers[web].image: web:bad",
        "+ spec.template.spec.containers[web].image: web:good",
      ].join("\n"),
    },
  });
  const { spec, metadata } = onlyRecord(incident);
  expect(spec.approvalDigest).toBe(approvalDigest(spec));
  expect(spec.write).toEqual({ verb: "patch", group: "apps", resource: "deployments", name: "web" });
  expect(JSON.stringify(spec)).not.toContain("secret-of");
  expect(proposal).toMatchObject({ receipt: { approveCommand: `sre-agent approve ${metadata.name} -n shop` } });
  expect(incident.cluster.writes).toEqual([]);
});

test("finds its own record when it is repeated", async () => {
  const incident = createIncident();
  const first = await run(incident);
  expect(await run(incident)).toEqual(first);
  expect(incident.cluster.all("SreRemediation")).toHaveLength(1);
});

test("answers the record of a call that created it at the same time", async () => {
  const incident = createIncident();
  const [a, b] = await Promise.all([run(incident), run(incident)]);
  expect(a).toEqual(b);
  expect(incident.cluster.all("SreRemediation")).toHaveLength(1);
});

test("previews and records nothing in mode observe", async () => {
  const incident = createIncident();
  const spec = { mode: "observe", rules: [{ namespaces: ["shop"], mode: "auto" }] };
  incident.cluster.put({ apiVersion: API_VERSION, kind: "SrePolicy", metadata: { name: "default" }, spec });
  const proposal = await run(incident);
  expect(proposal).toMatchObject({ ok: true, receipt: { mode: "observe", diff: expect.stringContaining("web:good") } });
  expect(incident.cluster.all("SreRemediation")).toEqual([]);
});

test("refuses where no earlier revision is recorded, and records the refusal in the audit log", async () => {
  const incident = createIncident();
  const action = { ...ROLLBACK, parameters: { toRevision: 7 } } as typeof ROLLBACK;
  const proposal = await propose(incident.dependencies, requestFor(action));
  expect(proposal).toMatchObject({ ok: false, denial: { code: "NO_PREVIOUS_REVISION" } });
  incident.forbidden.add("requester");
  expect(await run(incident)).toMatchObject({ ok: false, denial: { code: "IDENTITY_FORBIDDEN" } });
  expect(incident.auditLines.at(-1)).toContain("IDENTITY_FORBIDDEN");
});

test("refuses when the API server would change more than declared", async () => {
  const incident = createIncident();
  const { previewer } = incident.dependencies;
  const webhook: typeof previewer = {
    async patch(ref, patch) {
      const answer = await previewer.patch(ref, patch);
      return { ...answer, metadata: { ...answer.metadata, labels: { injected: "yes" } } } as never;
    },
  };
  const proposal = await propose({ ...incident.dependencies, previewer: webhook }, requestFor(ROLLBACK));
  expect(proposal).toMatchObject({ ok: false, denial: { code: "DRY_RUN_DIFFERS" } });
  expect(incident.cluster.all("SreRemediation")).toEqual([]);
});

test("stores a proposal whose dry run is forbidden as not executable", async () => {
  const incident = createIncident();
  const previewer = { patch: () => Promise.reject(new KubeError("no rights", { code: "FORBIDDEN", status: 403 })) };
  const proposal = await propose({ ...incident.dependencies, previewer }, requestFor(ROLLBACK));
  expect(proposal).toMatchObject({ ok: true, receipt: { message: expect.stringContaining("not executable") } });
  expect(onlyRecord(incident).spec.dryRun).toEqual({ clean: false, message: "no rights" });
});

test.each(["SrePolicy", "SreAction", "Deployment", "Namespace", "SreRemediation", "Pod", "PodDisruptionBudget"])(
  "refuses when %s cannot be read",
  async (kind) => {
    const incident = createIncident();
    incident.cluster.hook = ({ what }) => {
      if (what.endsWith(` ${kind}`)) throw new KubeError("down", { code: "UNREACHABLE" });
    };
    expect(await run(incident)).toMatchObject({ ok: false, denial: { code: "FACTS_UNAVAILABLE" } });
    expect(incident.cluster.all("SreRemediation")).toEqual([]);
  },
);

test("plans against what runs now", async () => {
  const incident = createIncident();
  deploy(incident.cluster, "web:bad2");
  incident.roll();
  await run(incident);
  expect(onlyRecord(incident).spec.premise).toMatchObject({
    uid: "web-uid",
    revision: "3",
    replicaSet: "web-good-uid",
  });
  expect(incident.cluster.peek(WEB)).toBeDefined();
});
