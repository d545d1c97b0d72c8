import { readFile } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import { parse } from "yaml";
import type { Clock } from "./clock.ts";
import { bearer, type ClusterTarget, type Credential, fileText, fixedText, type TextSource } from "./credentials.ts";
import { KubeError } from "./error.ts";

interface Named {
  readonly name: string;
}

interface ClusterEntry {
  readonly server?: string;
  readonly "certificate-authority"?: string;
  readonly "certificate-authority-data"?: string;
  readonly "insecure-skip-tls-verify"?: boolean;
  readonly "tls-server-name"?: string;
  readonly "proxy-url"?: string;
}

interface UserEntry {
  readonly "client-certificate"?: string;
  readonly "client-certificate-data"?: string;
  readonly "client-key"?: string;
  readonly "client-key-data"?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly "as-groups"?: readonly string[];
  readonly exec?: object;
  readonly "auth-provider"?: object;
}

interface ContextEntry {
  readonly cluster?: string;
  readonly user?: string;
  readonly namespace?: string;
}

/** One file of KUBECONFIG. */
interface KubeconfigFile {
  readonly "current-context"?: string;
  readonly clusters?: readonly (Named & { readonly cluster?: ClusterEntry })[] | null;
  readonly users?: readonly (Named & { readonly user?: UserEntry })[] | null;
  readonly contexts?: readonly (Named & { readonly context?: ContextEntry })[] | null;
}

/** An entry and the folder its relative paths start from. */
interface Located<T> {
  readonly entry: T;
  readonly folder: string;
}

export interface KubeconfigChoice {
  /** The value of KUBECONFIG: one path or several, the first that names a thing wins. */
  readonly kubeconfig: string;
  readonly context?: string | undefined;
  readonly clock: Pick<Clock, "now">;
}

/** The cluster and user of a kubeconfig's context. @throws KubeError NO_KUBECONFIG, told with the next step. */
export async function readKubeconfig({ kubeconfig, context, clock }: KubeconfigChoice): Promise<ClusterTarget> {
  const files = await readFiles(kubeconfig.split(delimiter).filter(Boolean));
  const contextName = context ?? files.map(({ entry }) => entry["current-context"]).find(Boolean);
  if (contextName === undefined) {
    throw noKubeconfig(`${kubeconfig} has no current context. Choose one: kubectl config use-context NAME.`);
  }
  const chosen = find(files, contextName, (file) => file.contexts?.map((item) => [item.name, item.context]));
  if (chosen === undefined) throw noKubeconfig(unknownContext(contextName, files));
  const { cluster: clusterName = "", user: userName = "", namespace = "default" } = chosen.entry;
  const cluster = find(files, clusterName, (file) => file.clusters?.map((item) => [item.name, item.cluster]));
  if (cluster?.entry.server === undefined) {
    throw noKubeconfig(`Context ${contextName} names cluster "${clusterName}", which has no server in ${kubeconfig}.`);
  }
  const user = find(files, userName, (file) => file.users?.map((item) => [item.name, item.user]));
  if (user === undefined && userName !== "") {
    throw noKubeconfig(`Context ${contextName} names user "${userName}", which is not in ${kubeconfig}.`);
  }
  assertTexts(`context "${contextName}"`, chosen.entry);
  assertTexts(`user "${userName}"`, user?.entry ?? {});
  assertCluster(clusterName, cluster.entry);
  return {
    ...clusterPart(cluster, clock),
    server: cluster.entry.server.replace(/\/+$/, ""),
    namespace,
    user: userName || "anonymous",
    credential: await credentialOf(user, clock),
    ...(user?.entry.as === undefined
      ? {}
      : { impersonate: { user: user.entry.as, groups: user.entry["as-groups"] ?? [] } }),
  };
}

/** YAML makes a number of digits that nobody put in quotes. */
function assertTexts(what: string, entry: object): void {
  const [field] = Object.entries(entry).find(([, value]) => typeof value === "number") ?? [];
  if (field !== undefined) throw noKubeconfig(`In the kubeconfig ${field} of ${what} is a number: put it in quotes.`);
}

function assertCluster(name: string, { server = "", "proxy-url": proxy }: ClusterEntry): void {
  if (!isHttpUrl(server)) {
    throw noKubeconfig(`The server of cluster "${name}" is no URL of an API server, such as https://10.0.0.1:6443.`);
  }
  if (proxy !== undefined && !isHttpUrl(proxy)) {
    throw noKubeconfig(`The proxy-url of cluster "${name}" is no URL of a proxy, such as http://10.0.0.1:3128.`);
  }
}

const isHttpUrl = (text: string) => /^https?:/.test(text) && URL.canParse(text);

async function readFiles(paths: readonly string[]): Promise<readonly Located<KubeconfigFile>[]> {
  const files: Located<KubeconfigFile>[] = [];
  for (const path of paths) {
    const text = await readIfPresent(path);
    if (text !== undefined) files.push({ entry: parseFile(path, text), folder: dirname(path) });
  }
  if (files.length > 0) return files;
  throw noKubeconfig(`There is no kubeconfig at ${paths.join(", ")}.`);
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw noKubeconfig(`The kubeconfig ${path} cannot be read.`, error);
  }
}

function parseFile(path: string, text: string): KubeconfigFile {
  try {
    const parsed: unknown = parse(text);
    return checkedFile(parsed);
  } catch (error) {
    // The lines below the first repeat the place in the file, where a credential may be.
    const [fault = ""] = String((error as Error).message).split("\n");
    throw noKubeconfig(`The kubeconfig ${path} is no valid YAML mapping: ${fault.replace(/:$/, "")}.`);
  }
}

/** @throws TypeError that completes "the kubeconfig is no valid YAML mapping: …" */
function checkedFile(parsed: unknown): KubeconfigFile {
  if (parsed === null || typeof parsed !== "object" || Array.isArray(parsed)) throw new TypeError("it is no mapping");
  for (const section of ["clusters", "users", "contexts"] as const) {
    const entries: unknown = (parsed as KubeconfigFile)[section] ?? [];
    const named = Array.isArray(entries) && entries.every((entry) => typeof entry?.name === "string");
    if (!named) throw new TypeError(`${section} is no list of entries with a name`);
  }
  return parsed as KubeconfigFile;
}

function find<T>(
  files: readonly Located<KubeconfigFile>[],
  name: string,
  entriesOf: (file: KubeconfigFile) => readonly (readonly [string, T | undefined])[] | undefined,
): Located<T> | undefined {
  for (const { entry: file, folder } of files) {
    const entry = entriesOf(file)?.find(([entryName]) => entryName === name)?.[1];
    if (entry !== undefined) return { entry, folder };
  }
  return undefined;
}

function unknownContext(name: string, files: readonly Located<KubeconfigFile>[]): string {
  const known = files.flatMap(({ entry }) => entry.contexts?.map((item) => item.name) ?? []).slice(0, 20);
  return `There is no context "${name}". Known: ${known.join(", ") || "none"}.`;
}

function clusterPart({ entry, folder }: Located<ClusterEntry>, clock: Pick<Clock, "now">): Partial<ClusterTarget> {
  return {
    authority: pemSource({
      data: entry["certificate-authority-data"],
      file: entry["certificate-authority"],
      folder,
      clock,
    }),
    insecure: entry["insecure-skip-tls-verify"],
    serverName: entry["tls-server-name"],
    proxyUrl: entry["proxy-url"],
  };
}

async function credentialOf(
  user: Located<UserEntry> | undefined,
  clock: Pick<Clock, "now">,
): Promise<ClusterTarget["credential"]> {
  if (user === undefined) return async () => ({});
  if (user.entry.exec !== undefined || user.entry["auth-provider"] !== undefined) {
    const { pluginCredential } = await import("./plugin-credential.ts");
    return pluginCredential(user.entry, user.folder);
  }
  return staticCredential(user, clock);
}

function staticCredential(
  { entry, folder }: Located<UserEntry>,
  clock: Pick<Clock, "now">,
): ClusterTarget["credential"] {
  const certificate = pemSource({
    data: entry["client-certificate-data"],
    file: entry["client-certificate"],
    folder,
    clock,
  });
  const key = pemSource({ data: entry["client-key-data"], file: entry["client-key"], folder, clock });
  const authorization = authorizationOf(entry, folder, clock);
  return async (force): Promise<Credential> => ({
    ...(await authorization?.(force)),
    certificate: await certificate?.read(force),
    key: await key?.read(force),
  });
}

function authorizationOf(
  entry: UserEntry,
  folder: string,
  clock: Pick<Clock, "now">,
): ClusterTarget["credential"] | undefined {
  // As kubectl does: the file wins, because it is the one that rotates.
  if (entry.tokenFile !== undefined) return bearer(fileText(within(folder, entry.tokenFile), clock));
  if (entry.token !== undefined) return bearer(fixedText(entry.token));
  if (entry.username === undefined) return undefined;
  const basic = Buffer.from(`${entry.username}:${entry.password ?? ""}`).toString("base64");
  return async () => ({ authorization: `Basic ${basic}` });
}

function pemSource(source: {
  readonly data: string | undefined;
  readonly file: string | undefined;
  readonly folder: string;
  readonly clock: Pick<Clock, "now">;
}): TextSource | undefined {
  if (source.data) return fixedText(Buffer.from(source.data, "base64").toString("utf8"));
  return source.file ? fileText(within(source.folder, source.file), source.clock) : undefined;
}

function within(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function noKubeconfig(message: string, cause?: unknown): KubeError {
  return new KubeError(message, { code: "NO_KUBECONFIG", cause });
}
