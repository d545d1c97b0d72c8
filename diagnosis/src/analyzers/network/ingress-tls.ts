import type { Fix, Severity } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, type Json, objectAt, objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** Ingresses whose certificate is missing, is for other hosts, or is out of its dates. */
export function ingressTls(index: SnapshotIndex): readonly Draft[] {
  if (!index.knows("Secret")) return [];
  return index.ofKind("Ingress").flatMap((ingress) =>
    objectsAt(ingress, "spec", "tls").flatMap((entry, position) => {
      const name = textAt(entry, "secretName");
      // Without a name the controller serves its own certificate.
      return name ? check(index, { ingress, entry, position, name }) : [];
    }),
  );
}

interface Tls {
  readonly ingress: SnapshotObject;
  readonly entry: Json;
  readonly position: number;
  readonly name: string;
}

interface Wrong {
  readonly key: string;
  readonly severity?: Severity;
  readonly words: string;
  readonly secret?: SnapshotObject;
  readonly path?: string;
  readonly value?: string;
  readonly fix: Fix;
}

function check(index: SnapshotIndex, tls: Tls): readonly Draft[] {
  const { ingress, name } = tls;
  const secret = index.byName("Secret", ingress.metadata.namespace, name);
  const wrong =
    secret === undefined
      ? missing(index, tls)
      : (wrongKeys(secret) ?? wrongDates(index, secret) ?? wrongHost(tls, secret));
  if (wrong === undefined) return [];
  const object = wrong.secret;
  return [
    draft({
      analyzer: "ingress-tls",
      layer: "apart",
      severity: wrong.severity ?? "error",
      subject: ingress,
      causeKey: [name, wrong.key],
      cause: `Ingress/${ingress.metadata.name} takes its certificate from Secret/${name}, ${wrong.words}`,
      symptom: `TLS fails: Secret/${name}`,
      evidence: [
        fromTenant(ingress, `spec.tls[${tls.position}].secretName`, name),
        ...(object && wrong.path ? [fromTenant(object, wrong.path, wrong.value ?? "")] : []),
      ],
      change:
        object === undefined
          ? lastEdit(ingress, "spec.tls")
          : (lastEdit(object, "data") ?? lastEdit(ingress, "spec.tls")),
      fix: wrong.fix,
    }),
  ];
}

function missing(index: SnapshotIndex, { ingress, name, position }: Tls): Wrong {
  const secrets = index.inNamespace("Secret", ingress.metadata.namespace ?? "");
  const certificates = secrets
    .filter((secret) => secret["type"] === "kubernetes.io/tls")
    .map(({ metadata }) => metadata.name);
  const near = nearestName(name, certificates);
  const summary = `let spec.tls of Ingress/${ingress.metadata.name} name a Secret that exists`;
  return {
    key: "missing",
    words: `which does not exist in its namespace${near ? `; the nearest is Secret/${near}` : ""}`,
    fix: near
      ? patchFix(ingress, [{ path: `/spec/tls/${position}/secretName`, from: name, to: near }], `${summary}: ${near}`)
      : decision(`create Secret/${name} of type kubernetes.io/tls, or ${summary}`),
  };
}

function wrongKeys(secret: SnapshotObject): Wrong | undefined {
  const data = objectAt(secret, "data");
  const absent = ["tls.crt", "tls.key"].filter((key) => data[key] === undefined);
  const broken = valueAt(secret, "certificate", "unreadable") === true;
  if (absent.length === 0 && !broken) return undefined;
  return {
    key: "keys",
    words: broken ? "whose tls.crt is no certificate" : `which has no key ${absent.join(" and no key ")}`,
    secret,
    path: "data",
    value: Object.keys(data).join(", "),
    fix: decision(`put a certificate and its key into Secret/${secret.metadata.name} as tls.crt and tls.key`),
  };
}

const SOON_MS = 7 * 24 * 3_600_000;

function wrongDates(index: SnapshotIndex, secret: SnapshotObject): Wrong | undefined {
  const { notBefore, notAfter } = objectAt(secret, "certificate");
  const [from, until] = [notBefore, notAfter].map((time) => Date.parse(typeof time === "string" ? time : ""));
  const base = { secret, fix: decision(`renew the certificate in Secret/${secret.metadata.name}`) };
  if (until !== undefined && until < index.nowMs) {
    return {
      ...base,
      key: "expired",
      words: `whose certificate expired at ${notAfter}`,
      path: "certificate.notAfter",
      value: String(notAfter),
    };
  }
  if (from !== undefined && from > index.nowMs) {
    return {
      ...base,
      key: "early",
      words: `whose certificate is valid only from ${notBefore}`,
      path: "certificate.notBefore",
      value: String(notBefore),
    };
  }
  if (until !== undefined && until - index.nowMs < SOON_MS) {
    const words = `whose certificate expires at ${notAfter}`;
    return { ...base, key: "soon", severity: "warning", words, path: "certificate.notAfter", value: String(notAfter) };
  }
  return undefined;
}

function wrongHost({ ingress, entry }: Tls, secret: SnapshotObject): Wrong | undefined {
  const names = textsOf(objectAt(secret, "certificate")["names"])
    .filter((name) => name.startsWith("DNS:"))
    .map((name) => name.slice(4));
  const own = textsOf(entry["hosts"]);
  const hosts =
    own.length > 0 ? own : objectsAt(ingress, "spec", "rules").flatMap((rule) => textAt(rule, "host") ?? []);
  const uncovered = hosts.filter((host) => !names.some((name) => covers(name, host)));
  if (names.length === 0 || uncovered.length === 0) return undefined;
  return {
    key: "host",
    words: `whose certificate is for ${names.slice(0, 5).join(", ")}, not for ${uncovered.slice(0, 5).join(", ")}`,
    secret,
    path: "certificate.names",
    value: names.join(", "),
    fix: decision(
      `issue a certificate for ${uncovered.join(", ")} into Secret/${secret.metadata.name}, or name the Secret that has it`,
    ),
  };
}

function textsOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((one) => typeof one === "string" && !isRecord(one)) : [];
}

/** `*.shop.example` stands for one label. */
function covers(name: string, host: string): boolean {
  if (name.toLowerCase() === host.toLowerCase()) return true;
  return name.startsWith("*.") && name.slice(1).toLowerCase() === host.slice(host.indexOf(".")).toLowerCase();
}
