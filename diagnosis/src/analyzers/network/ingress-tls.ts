import type { Fix, Severity } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt, objectsAt, textAt, textsAt, valueAt } from "../../snapshot/json.ts";
import { isSlip, nearestName } from "../../snapshot/nearest-name.ts";
import { ageMs } from "../../snapshot/pod-state.ts";
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
      : (wrongKeys(secret) ?? wrongDates(index, secret) ?? unruledHost(tls) ?? wrongHost(tls, secret));
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

/** Who makes the Secret, by the annotation that asks for it. */
const MAKERS = /^(?:cert-manager\.io\/(?:cluster-)?issuer|kubernetes\.io\/tls-acme|acme\.cert-manager\.io\/.*)$/;
const ISSUING_MS = 3 * 60_000;

function missing(index: SnapshotIndex, { ingress, name, position }: Tls): Wrong | undefined {
  const { namespace = "", annotations = {}, creationTimestamp } = ingress.metadata;
  const maker = Object.keys(annotations).find((key) => MAKERS.test(key));
  if (maker !== undefined && (ageMs(index.nowMs, creationTimestamp) ?? 0) < ISSUING_MS) return undefined;
  const certificates = index.ofKind("Secret").filter((secret) => secret["type"] === "kubernetes.io/tls");
  const near = nearestName(
    name,
    certificates.filter(({ metadata }) => metadata.namespace === namespace).map(({ metadata }) => metadata.name),
  );
  const away = certificates.find(({ metadata }) => metadata.name === name)?.metadata.namespace;
  const summary = `let spec.tls of Ingress/${ingress.metadata.name} name a Secret that exists`;
  const base = { key: "missing", words: `which does not exist in its namespace${hintOf({ near, away, maker, name })}` };
  if (maker !== undefined)
    return {
      ...base,
      fix: decision(
        `find out why no certificate was issued for Ingress/${ingress.metadata.name} (annotation ${maker})`,
      ),
    };
  return {
    ...base,
    fix:
      near && isSlip(name, near)
        ? patchFix(ingress, [{ path: `/spec/tls/${position}/secretName`, from: name, to: near }], `${summary}: ${near}`)
        : decision(`create Secret/${name} of type kubernetes.io/tls in namespace ${namespace}, or ${summary}`),
  };
}

interface Hint {
  readonly near: string | undefined;
  readonly away: string | undefined;
  readonly maker: string | undefined;
  readonly name: string;
}

function hintOf({ near, away, maker, name }: Hint): string {
  if (maker !== undefined) return `; annotation ${maker} asks for it`;
  if (away !== undefined) return `; namespace ${away} has Secret/${name}, and an Ingress takes none from there`;
  return near === undefined ? "" : `; the nearest is Secret/${near}`;
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

/** A host of the entry that no rule has, while a rule has nearly that host and no entry covers it. */
function unruledHost({ ingress, entry, position }: Tls): Wrong | undefined {
  const rules = objectsAt(ingress, "spec", "rules").flatMap((rule) => textAt(rule, "host") ?? []);
  const covered = objectsAt(ingress, "spec", "tls").flatMap((one) => textsAt(one, "hosts"));
  const open = rules.filter((host) => !covered.some((name) => covers(name, host)));
  const hosts = textsAt(entry, "hosts");
  const host = hosts.find((one) => !rules.some((rule) => covers(one, rule)) && nearestName(one, open) !== undefined);
  const near = host === undefined ? undefined : nearestName(host, open);
  if (host === undefined || near === undefined) return undefined;
  const place = hosts.indexOf(host);
  const edit = { path: `/spec/tls/${position}/hosts/${place}`, from: host, to: near };
  return {
    key: "hosts",
    words: `for host ${host} (spec.tls[${position}].hosts[${place}]), which no rule has; the rule's host ${near} gets no certificate`,
    fix: patchFix(ingress, [edit], `let spec.tls of Ingress/${ingress.metadata.name} name host ${near}`),
  };
}

function wrongHost({ ingress, entry }: Tls, secret: SnapshotObject): Wrong | undefined {
  const certificate = objectAt(secret, "certificate");
  const names = textsAt(certificate, "names")
    .filter((name) => name.startsWith("DNS:"))
    .map((name) => name.slice(4));
  const own = textsAt(entry, "hosts");
  const hosts =
    own.length > 0 ? own : objectsAt(ingress, "spec", "rules").flatMap((rule) => textAt(rule, "host") ?? []);
  const uncovered = hosts.filter((host) => !names.some((name) => covers(name, host)));
  if (!Array.isArray(certificate["names"]) || uncovered.length === 0) return undefined;
  const given = names.slice(0, 5).join(", ") || "no host (it has no subject alternative names)";
  return {
    key: "host",
    words: `whose certificate is for ${given}, not for ${uncovered.slice(0, 5).join(", ")}`,
    secret,
    path: "certificate.names",
    value: names.join(", ") || "(none)",
    fix: decision(
      `issue a certificate for ${uncovered.join(", ")} into Secret/${secret.metadata.name}, or name the Secret that has it`,
    ),
  };
}

/** `*.shop.example` stands for one label. */
function covers(name: string, host: string): boolean {
  if (name.toLowerCase() === host.toLowerCase()) return true;
  return name.startsWith("*.") && name.slice(1).toLowerCase() === host.slice(host.indexOf(".")).toLowerCase();
}
