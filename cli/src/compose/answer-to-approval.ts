import { setTimeout as sleep } from "node:timers/promises";
import { remediationPhase, type SreRemediation } from "@sre-agent/crds";
import { SYSTEM_NAMESPACE } from "@sre-agent/deploy";
import { type Connection, createReader } from "@sre-agent/kube";
import { ACT_LEASE } from "@sre-agent/mcp-server/act";
import { readRemediation } from "./approval.ts";
import { look } from "./look.ts";

const LOOK_MS = 5_000;
const EVERY_MS = 250;

/**
 * What the act server makes of an approval that was just recorded, in one line. Waits some seconds for it where one is at
 * work; otherwise, and after that, says how to follow the record.
 */
export async function answerToApproval(
  connection: Connection,
  before: SreRemediation,
  signal: AbortSignal,
): Promise<string> {
  const { name, namespace = "" } = before.metadata;
  const follow = `Follow it: kubectl get srerem ${name} -n ${namespace} -w`;
  if (!(await isAtWork(connection, signal))) return follow;
  let now = before;
  for (let waited = 0; waited < LOOK_MS && !hasAnswered(before, now); waited += EVERY_MS) {
    await sleep(EVERY_MS, undefined, { signal });
    now = await readRemediation(connection, { namespace, name }, signal);
  }
  const { denial } = now.status ?? {};
  if (denial !== undefined) return `It is held back by ${denial.code}: ${denial.message} ${denial.next}`;
  return hasAnswered(before, now) ? `It is ${remediationPhase(now.status)} now. ${follow}` : follow;
}

function hasAnswered(before: SreRemediation, now: SreRemediation): boolean {
  const changed = remediationPhase(now.status) !== remediationPhase(before.status);
  return changed || now.status?.denial?.message !== before.status?.denial?.message;
}

/** Whether somebody holds the act server's Lease; not when that may not be read. */
async function isAtWork(connection: Connection, signal: AbortSignal): Promise<boolean> {
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: SYSTEM_NAMESPACE, name: ACT_LEASE };
  const stored = await look({ reader: createReader(connection), signal }, lease);
  return typeof stored !== "string" && Boolean(Object(stored["spec"])["holderIdentity"]);
}
