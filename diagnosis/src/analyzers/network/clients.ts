import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt, objectsAt, textAt, textsAt, valueAt } from "../../snapshot/json.ts";
import { condition } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath, podSpecPointer } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { hostsBlamed, hostsInSetting, hostsInText, type NamedHost } from "./addresses.ts";
import { workloadsIn } from "./backing.ts";
import { blamedSetting } from "./blamed-setting.ts";
import { complaints, isUnreached } from "./client-trouble.ts";
import { settingName, settingsInFile } from "./config-file.ts";
import { type Target, targetOf } from "./target.ts";

/** One address that a workload is told to call, and where it stands. */
export interface Call extends NamedHost {
  readonly client: SnapshotObject;
  /** The workload itself, or the ConfigMap it reads. */
  readonly source: SnapshotObject;
  /** For people: `spec.template.spec.containers[web].env[API_URL]`. */
  readonly path: string;
  /** `env API_URL of container web`. */
  readonly words: string;
  /** The literal and the JSON pointer to it, where the text is one setting. */
  readonly setting: { readonly pointer: string; readonly value: string } | undefined;
  /** The Service that the host means, whether or not it exists; absent for a host outside the cluster. */
  readonly target: Target | undefined;
}

const known = new WeakMap<SnapshotIndex, readonly Call[]>();

/** What every workload is told to call; computed once for a snapshot. */
export function callsOf(index: SnapshotIndex): readonly Call[] {
  const found = known.get(index) ?? clientsIn(index).flatMap((client) => callsBy(index, client));
  known.set(index, found);
  return found;
}

/** Every workload that may call, also Jobs; not what is scaled to zero. */
function clientsIn(index: SnapshotIndex): readonly SnapshotObject[] {
  return index.snapshot.namespaces.flatMap((namespace) => {
    const jobs = index.inNamespace("Job", namespace).filter((job) => index.rootOf(job) === job && !isComplete(job));
    const all = [...workloadsIn(index, namespace), ...index.inNamespace("CronJob", namespace), ...jobs];
    return all.filter((workload) => valueAt(workload, "spec", "replicas") !== 0);
  });
}

function isComplete(job: SnapshotObject): boolean {
  return textAt(condition(job, "Complete"), "status") === "True";
}

export interface Place {
  readonly source: SnapshotObject;
  readonly path: string;
  readonly words: string;
  readonly setting?: Call["setting"];
}

function callsBy(index: SnapshotIndex, client: SnapshotObject): readonly Call[] {
  const spec = podSpecOf(client);
  const found = [
    ...["initContainers", "containers"].flatMap((list) =>
      objectsAt(spec, list).flatMap((container, position) => inContainer(client, container, { list, position })),
    ),
    ...inConfiguration(index, client, spec),
  ];
  const named = new Set(found.map(([{ host }]) => host));
  const blamed = inComplaints(index, client).filter(([{ host }]) => !named.has(host));
  return [...found, ...blamed].map(([host, place]) => ({
    ...host,
    ...place,
    setting: place.setting,
    client,
    target: targetOf(index, client.metadata.namespace ?? "", host.host),
  }));
}

type Found = readonly [NamedHost, Place];

function inContainer(
  client: SnapshotObject,
  container: Json,
  at: { readonly list: string; readonly position: number },
): readonly Found[] {
  const name = textAt(container, "name") ?? "";
  const env = objectsAt(container, "env").map(
    (entry) => [textAt(entry, "name") ?? "", textAt(entry, "value")] as const,
  );
  const siblings = new Map(env.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
  const path = `${podSpecPath(client)}.${at.list}[${name}]`;
  const pointer = `${podSpecPointer(client)}/${at.list}/${at.position}`;
  const fromEnv = env.flatMap(([key, value = ""], entry) =>
    hostsInSetting(key, value, siblings).map(
      (host): Found => [
        host,
        {
          source: client,
          path: `${path}.env[${key}]`,
          words: `env ${key} of container ${name}`,
          setting: { pointer: `${pointer}/env/${entry}/value`, value },
        },
      ],
    ),
  );
  const fromCommand = ["command", "args"].flatMap((field) => {
    const place: Place = { source: client, path: `${path}.${field}`, words: `${field} of container ${name}` };
    return inWords(textsAt(container, field), { ...place, pointer: `${pointer}/${field}` });
  });
  return [...fromEnv, ...fromCommand];
}

const FLAG = /^--?([A-Za-z][\w.-]*)(?:=(.*))?$/s;

/** A flag with its value is a setting; the whole is text. */
function inWords(
  words: readonly string[],
  { pointer, ...place }: Place & { readonly pointer: string },
): readonly Found[] {
  const flags = words.flatMap((word, at): readonly Found[] => {
    const [, name = "", own] = FLAG.exec(word) ?? [];
    const value = own ?? words[at + 1] ?? "";
    if (name === "" || value.startsWith("-")) return [];
    const whole =
      own === undefined ? { pointer: `${pointer}/${at + 1}`, value } : { pointer: `${pointer}/${at}`, value: word };
    const hosts = hostsInSetting(settingName(name), value, new Map());
    return hosts.filter(({ certain }) => certain).map((host) => [host, { ...place, setting: whole }]);
  });
  const named = new Set(flags.map(([{ host }]) => host));
  const rest = hostsInText(words.join(" ")).filter(({ host }) => !named.has(host));
  return [...flags, ...rest.map((host): Found => [host, place])];
}

/** Whom it says it does not reach: its address may stand in a Secret. */
function inComplaints(index: SnapshotIndex, client: SnapshotObject): readonly Found[] {
  const lines = complaints(index, client).filter(({ line }) => isUnreached(line));
  const found = lines.flatMap(({ path, line }) =>
    hostsBlamed(line)
      .filter(({ certain }) => certain)
      .map((host): Found => {
        const spoken = { source: client, path, words: "its log" };
        return [host, blamedSetting(index, client, host.host) ?? spoken];
      }),
  );
  return [...new Map(found.map((one) => [one[0].host, one])).values()];
}

/** The ConfigMaps that its env and volumes take: a key is a setting, a file is text. */
function inConfiguration(index: SnapshotIndex, client: SnapshotObject, spec: Json): readonly Found[] {
  const references = referencesOf(spec).filter(({ kind }) => kind === "ConfigMap");
  const keys = new Map(references.map((reference) => [`${reference.name}/${reference.key ?? ""}`, reference]));
  return [...keys.values()].flatMap(({ name, key }) => {
    const source = index.byName("ConfigMap", client.metadata.namespace, name);
    const data = objectAt(source, "data");
    const siblings = new Map(Object.entries(data).map(([one, value]) => [one, String(value)]));
    return [...siblings].flatMap(([one, value]) => {
      if (source === undefined || (key !== undefined && key !== one)) return [];
      const place: Place = { source, path: `data[${one}]`, words: `key ${one} of ConfigMap/${name}` };
      const setting = { pointer: `/data/${one.replace(/~/g, "~0").replace(/\//g, "~1")}`, value };
      return hostsOf(source, one, siblings).map((host): Found => [host, { ...place, setting }]);
    });
  });
}

const MAX_IN_FILE = 20;
const knownHosts = new WeakMap<SnapshotObject, Map<string, readonly NamedHost[]>>();

/** Read once, however many workloads take the ConfigMap. */
function hostsOf(source: SnapshotObject, key: string, siblings: ReadonlyMap<string, string>): readonly NamedHost[] {
  const ofSource = knownHosts.get(source) ?? new Map<string, readonly NamedHost[]>();
  knownHosts.set(source, ofSource);
  const found = ofSource.get(key) ?? hostsInKey(key, siblings.get(key) ?? "", siblings);
  ofSource.set(key, found);
  return found;
}

/** A key is a setting, or a file that holds some. */
function hostsInKey(key: string, value: string, siblings: ReadonlyMap<string, string>): readonly NamedHost[] {
  const whole = hostsInSetting(key, value, siblings);
  const inside = settingsInFile(value);
  const own = [...inside].flatMap(([name, text]) =>
    hostsInSetting(name, text, inside).filter(({ certain }) => certain),
  );
  const more = own.filter(({ host }) => !whole.some((one) => one.host === host && one.certain));
  return [...whole, ...more.slice(0, MAX_IN_FILE)];
}

const knownTargets = new WeakMap<SnapshotIndex, ReadonlyMap<string, readonly Call[]>>();

/** Who is told to call a Service. */
export function callsTo(index: SnapshotIndex, { metadata }: SnapshotObject): readonly Call[] {
  const byTarget =
    knownTargets.get(index) ??
    Map.groupBy(callsOf(index), ({ target }) => (target === undefined ? "" : `${target.namespace}/${target.name}`));
  knownTargets.set(index, byTarget);
  return byTarget.get(`${metadata.namespace ?? ""}/${metadata.name}`) ?? [];
}
