import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { complaint } from "./client-trouble.ts";
import { callsOf } from "./clients.ts";

/** CoreDNS's configuration, where it was read: it has to serve the cluster's own zone. */
export function corefile(index: SnapshotIndex): readonly Draft[] {
  const map = index.byName("ConfigMap", "kube-system", "coredns");
  const text = textAt(map, "data", "Corefile");
  const wrong = text === undefined ? undefined : wrongCorefile(text);
  if (map === undefined || wrong === undefined) return [];
  const lost = callsOf(index).filter(
    ({ target }) => target !== undefined && index.byName("Service", target.namespace, target.name),
  );
  const failing = lost.filter(({ client, host }) => complaint(index, client, host) !== undefined);
  const server = index.byName("Deployment", "kube-system", "coredns");
  return [
    draft({
      analyzer: "dns",
      layer: "apart",
      severity: "error",
      subject: map,
      causeKey: ["corefile"],
      cause: `the Corefile of ConfigMap/coredns ${wrong.words}: names of Services do not resolve in the cluster`,
      symptom: "the cluster's name server does not serve its zone",
      accountsFor: [...failing.map(({ client }) => client), ...(server ? [server] : [])],
      evidence: [fromTenant(map, "data[Corefile]", wrong.line)],
      change: lastEdit(map, "data.Corefile") ?? lastEdit(map, "data"),
      fix: decision(
        "restore the Corefile: the zone cluster.local is served by the plugin kubernetes, everything else is forwarded",
      ),
    }),
  ];
}

interface WrongLine {
  readonly words: string;
  readonly line: string;
}

const NEGATIVE = /rcode\s+(NXDOMAIN|SERVFAIL|REFUSED)/i;

function wrongCorefile(text: string): WrongLine | undefined {
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
  const zone = lines.find((line) => /^kubernetes\b/.test(line));
  if (zone === undefined) return { words: "has no plugin kubernetes", line: "(absent)" };
  const template = lines.findIndex((line) => /^template\b.*(?:cluster\.local|svc)/.test(line));
  const negative = template < 0 ? undefined : lines.slice(template, template + 6).find((line) => NEGATIVE.test(line));
  if (negative !== undefined) {
    return { words: `answers "${negative}" for the cluster's own zone`, line: `${lines[template]} ${negative}` };
  }
  const open = lines.join("").split("{").length - lines.join("").split("}").length;
  if (open !== 0)
    return { words: "has braces that do not match, so that it cannot be loaded", line: text.slice(0, 200) };
  // Another zone than cluster.local is somebody's choice, unless it is all but that.
  const near = zone
    .split(/\s+/)
    .slice(1)
    .find((one) => nearestName(one, ["cluster.local"]) !== undefined);
  return near === undefined || /\bcluster\.local\b/.test(zone)
    ? undefined
    : { words: `serves the zone ${near} instead of cluster.local`, line: zone };
}
