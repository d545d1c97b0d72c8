import { clip, type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { outageSeverity } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { workloadsIn } from "../network/backing.ts";
import { blamedSetting } from "../network/blamed-setting.ts";
import { complaints, isFailing, isUnreached, type Said } from "../network/client-trouble.ts";
import { targetOf } from "../network/target.ts";
import { addressKeys } from "./secret-keys.ts";

/** Workloads that fail to reach a host whose name is the base64 of a Service's: its value was encoded once too often. */
export function twiceEncoded(index: SnapshotIndex): readonly Draft[] {
  return index.snapshot.namespaces
    .flatMap((namespace) => workloadsIn(index, namespace))
    .filter((workload) => isFailing(index, workload))
    .flatMap((workload) => encodedFinding(index, workload));
}

interface Encoded {
  readonly word: string;
  readonly said: Said;
}

/** A name in base64 has hardly ever fewer letters. */
const WORD = /(?<![\w+/=.-])[A-Za-z0-9+/]{6,340}={0,2}(?![\w+/=.-])/g;

/** The first word in what it says of not reaching somebody that is the base64 of an address of a Service. */
function encodedIn(index: SnapshotIndex, workload: SnapshotObject): Encoded | undefined {
  for (const said of complaints(index, workload).filter(({ line }) => isUnreached(line))) {
    const word = (said.line.match(WORD) ?? []).find((one) => isEncodedAddress(index, workload, one));
    if (word !== undefined) return { word, said };
  }
  return undefined;
}

/** `orders`, `orders:80`, `http://orders.shop.svc/`. */
const ADDRESS = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?\/?$/;

function isEncodedAddress(index: SnapshotIndex, { metadata }: SnapshotObject, word: string): boolean {
  const bytes = Buffer.from(word, "base64");
  if (bytes.toString("base64").replace(/=+$/, "") !== word.replace(/=+$/, "")) return false;
  const [, host] = ADDRESS.exec(bytes.toString("latin1").trim()) ?? [];
  const target = host === undefined ? undefined : targetOf(index, metadata.namespace ?? "", host);
  return target !== undefined && index.byName("Service", target.namespace, target.name) !== undefined;
}

function encodedFinding(index: SnapshotIndex, workload: SnapshotObject): readonly Draft[] {
  const encoded = encodedIn(index, workload);
  if (encoded === undefined) return [];
  const { said, word } = encoded;
  const keys = addressKeys(index, workload.metadata.namespace ?? "", podSpecOf(workload));
  const setting = blamedSetting(index, workload, word)?.words;
  const place = setting ?? keys.join(" or ");
  if (place === "") return [];
  const form = setting === undefined ? ": base64 once in data of a Secret, not at all in stringData" : "";
  return [
    draft({
      analyzer: "twice-encoded",
      layer: "setting",
      severity: outageSeverity(index, workload),
      subject: workload,
      causeKey: [place],
      cause: `${workload.kind}/${workload.metadata.name} calls a host by the base64 of the name of a Service: the value of ${place} was encoded twice`,
      symptom: "calls a host whose name is still encoded",
      evidence: [fromTenant(said.object, said.path, clip(said.line.replaceAll(word, "<value>"), 500))],
      fix: decision(`write the name itself into ${place}${form}`),
    }),
  ];
}
