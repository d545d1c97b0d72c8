import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, objectsAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { settingName, settingsInFile } from "../network/config-file.ts";

/** A port that a ConfigMap tells a container to listen on. */
export interface ListenPort {
  readonly source: SnapshotObject;
  readonly key: string;
  /** As it is written. */
  readonly line: string;
  readonly port: number;
}

/** The ports that the ConfigMaps which a container mounts or takes as env tell it to listen on. */
export function listenPorts(index: SnapshotIndex, pod: SnapshotObject, container: string): readonly ListenPort[] {
  const mounted = objectsAt(containerSpec(pod, container), "volumeMounts").map(({ name }) => name);
  const read = referencesOf(podSpecOf(pod)).filter(
    (one) => one.kind === "ConfigMap" && (one.container === container || mounted.includes(one.volume)),
  );
  return read.flatMap(({ name, key }) => {
    const source = index.byName("ConfigMap", pod.metadata.namespace, name);
    const entries = Object.entries(objectAt(source, "data")).filter(([one]) => (key ?? one) === one);
    return entries.flatMap(([one, value]) =>
      source === undefined ? [] : portsIn(one, String(value)).map((port) => ({ ...port, source, key: one })),
    );
  });
}

type InText = Pick<ListenPort, "line" | "port">;

const MAX_TEXT = 20_000;
/** nginx and Apache `listen 80;`, `Listen [::]:80`; HAProxy `bind *:80`. */
const DIRECTIVE = /^[ \t]*(?:listen[ \t]+(?:[\w.*[\]:-]*:)?|bind[ \t]+[\w.*[\]:-]*:)(\d{2,5})\b/gim;
/** `server.port`, `http.listen`, `listen_address`, `PORT`; not the port of a database. */
const OWN = /^(?:(?:SERVER|HTTP|WEB|APP|SERVICE)_)*(?:(?:HTTP_)?PORT|(?:LISTEN|BIND)(?:_?(?:PORT|ADDR|ADDRESS|ON))?)$/;
const ADDRESS = /^(?:[\w.*[\]:-]*:)?(\d{2,5})$/;
/** Below the head of a section a name alone does not say whose it is. */
const SECTION = /^[ \t]*\[[^\]\n]+\][ \t]*$/m;

function portsIn(key: string, text: string): readonly InText[] {
  const bounded = text.slice(0, MAX_TEXT);
  const directives = [...bounded.matchAll(DIRECTIVE)].map(([line, port]) => ({
    line: line.trim(),
    port: Number(port),
  }));
  const inFile = SECTION.test(bounded) ? [] : [...settingsInFile(bounded)];
  const settings = [[settingName(key), bounded.trim()] as const, ...inFile].flatMap(([name, value]) => {
    const port = OWN.test(name) ? ADDRESS.exec(value)?.[1] : undefined;
    return port === undefined ? [] : [{ line: `${name} ${value}`, port: Number(port) }];
  });
  return [...directives, ...settings];
}
