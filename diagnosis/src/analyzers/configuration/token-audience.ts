import { clip, type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { reachingPods } from "../../findings/reaching-pods.ts";
import { health, outageSeverity } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, objectsAt, textAt } from "../../snapshot/json.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { PodLog, SnapshotObject } from "../../snapshot/snapshot.ts";
import { hasWord } from "../../snapshot/whole-word.ts";

/** Workloads whose token, as a projected volume makes it, is refused for the audience that it is made for. */
export function tokenAudience(index: SnapshotIndex): readonly Draft[] {
  const refusals = index.snapshot.logs.flatMap((log) => refusalIn(index, log));
  if (refusals.length === 0) return [];
  const workloads = new Set(
    index
      .ofKind("Pod")
      .filter(isLive)
      .map((pod) => index.rootOf(pod)),
  );
  return [...workloads].flatMap((workload) => {
    const [refused] = tokensOf(workload).flatMap((token) => {
      const said = refusals.find((one) => isAbout(one, token, workload));
      return said === undefined ? [] : [{ token, said }];
    });
    return refused === undefined ? [] : [audienceFinding(index, workload, refused)];
  });
}

interface Token {
  /** `spec.template.spec.volumes[token].projected.sources[0].serviceAccountToken.audience`. */
  readonly field: string;
  /** Absent for the audience of the API server. */
  readonly audience: string | undefined;
  readonly alone: boolean;
}

function tokensOf(workload: SnapshotObject): readonly Token[] {
  const found = objectsAt(podSpecOf(workload), "volumes").flatMap((volume) =>
    objectsAt(volume, "projected", "sources").flatMap((source, position) => {
      const token = source["serviceAccountToken"];
      // What the admission plug-in adds to a pod is for the API server, and its own.
      const added = (textAt(volume, "name") ?? "").startsWith("kube-api-access-");
      if (!isRecord(token) || added) return [];
      const at = `${podSpecPath(workload)}.volumes[${textAt(volume, "name")}].projected.sources[${position}]`;
      return [{ field: `${at}.serviceAccountToken.audience`, audience: textAt(token, "audience") }];
    }),
  );
  return found.map((token) => ({ ...token, alone: found.length === 1 }));
}

interface Refusal {
  readonly workload: SnapshotObject;
  readonly pod: SnapshotObject;
  readonly path: string;
  readonly line: string;
  readonly expected: string | undefined;
}

const AUDIENCE = /\baud(?:iences?)?\b/i;
const REFUSED =
  /invalid|mismatch|not match|not (?:in|contain|allowed|accepted|valid|trusted|intended|meant)|unexpected|wrong|incorrect|reject|refus|denied|unauthori[sz]ed|\b40[13]\b|fail|expected .*(?:got|but|found|was|actual)/i;
const EXPECTED =
  /(?:expect(?:ed|s)?|want(?:ed|s)?|requires?|must be|should be|target audiences?)(?: (?:the )?audiences?)?[\s:=]*[[("'`]*([\w:/.@-]+)/i;
const MAX_LINES = 400;

function refusalIn(index: SnapshotIndex, log: PodLog): readonly Refusal[] {
  const pod = index.byName("Pod", log.namespace, log.pod);
  if (pod === undefined) return [];
  const path = `log[${log.container}]${log.previous ? " previous" : ""}`;
  const lines = log.text.split("\n").slice(-MAX_LINES);
  return lines
    .filter((line) => AUDIENCE.test(line) && REFUSED.test(line))
    .map((line) => ({
      ...{ workload: index.rootOf(pod), pod, path, line: line.trim() },
      expected: EXPECTED.exec(line)?.[1],
    }));
}

/** What it says itself; what another one says has to name the audience, which a token that is mended has no more. */
function isAbout({ workload: speaker, line, expected }: Refusal, { audience, alone }: Token, owner: SnapshotObject) {
  if (expected !== undefined && expected === audience) return false;
  const named = audience !== undefined && hasWord(line, audience, /[\w-]/);
  return named || (speaker === owner && alone);
}

interface Refused {
  readonly token: Token;
  readonly said: Refusal;
}

function audienceFinding(index: SnapshotIndex, workload: SnapshotObject, { token, said }: Refused): Draft {
  const { field, audience } = token;
  const is = audience === undefined ? "is not set, so that its token is for the API server alone" : `is ${audience}`;
  const by = said.workload === workload ? "what it calls" : `${said.workload.kind}/${said.workload.metadata.name}`;
  const want = said.expected === undefined ? "refuses that" : `expects ${said.expected}`;
  const right = said.expected ?? "the audience that the receiver expects";
  const asked = audience === undefined ? "" : `, or let the receiver accept ${audience}`;
  return draft({
    analyzer: "token-audience",
    layer: "setting",
    severity: health(index, workload).severity > 0 ? outageSeverity(index, workload) : "warning",
    subject: workload,
    causeKey: [field],
    cause: `${field} of ${workload.kind}/${workload.metadata.name} ${is}, and ${by} ${want}: "${clip(said.line, 300)}"`,
    symptom: "its token is refused for its audience",
    accountsFor: said.workload === workload ? [] : [said.workload],
    evidence: [fromTenant(workload, field, audience ?? "(absent)"), fromTenant(said.pod, said.path, said.line)],
    fix: reachingPods(index, workload, decision(`set ${field} to ${right}${asked}`)),
  });
}
