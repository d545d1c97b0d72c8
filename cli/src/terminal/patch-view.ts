import type { Fix, Subject } from "@sre-agent/crds";

type Patch = Extract<Fix, { kind: "patch" }>;

/** One line a field, as a diff: `- /spec/selector/app: "web"`, `+ /spec/selector/app: "shop"`. */
export function patchDiff({ patch }: Patch): string {
  return patch
    .flatMap(({ path, from, to }) => [
      ...(from === undefined ? [] : [`- ${path}: ${from}`]),
      ...(to === undefined ? [] : [`+ ${path}: ${to}`]),
    ])
    .join("\n");
}

/** Text of ours in the place of a value: a command with it would write the wrong thing. */
const NOT_SHOWN = /<(redacted|hidden|env)[: >]|\(hidden/;

/**
 * The kubectl command that applies a patch: each field is tested before it is changed, so that it fails where the
 * object is another by now. Undefined when a value is not shown or is no JSON.
 */
export function patchCommand(fix: Patch): string | undefined {
  const operations = operationsOf(fix);
  if (operations === undefined) return undefined;
  const place = fix.target.namespace === undefined ? "" : ` -n ${fix.target.namespace}`;
  return `kubectl patch ${kubectlKind(fix.target)} ${fix.target.name}${place} --type=json -p ${quoted(JSON.stringify(operations))}`;
}

type Operation = { readonly op: string; readonly path: string; readonly value?: unknown };

/** All tests first: a patch is applied as a whole or not at all, and the first that fails says why. */
function operationsOf({ patch }: Patch): readonly Operation[] | undefined {
  if (patch.some(({ from, to }) => NOT_SHOWN.test(from ?? "") || NOT_SHOWN.test(to ?? ""))) return undefined;
  try {
    const tests = patch.flatMap(({ path, from }) =>
      from === undefined ? [] : [{ op: "test", path, value: JSON.parse(from) }],
    );
    return [...tests, ...patch.map(change)];
  } catch {
    return undefined;
  }
}

function change({ path, from, to }: Patch["patch"][number]): Operation {
  if (to === undefined) return { op: "remove", path };
  return { op: from === undefined ? "add" : "replace", path, value: JSON.parse(to) };
}

/** `deployment.apps`, `service`: with the group, since a kind's name alone may belong to another one. */
function kubectlKind({ kind, apiVersion }: Pick<Subject, "kind" | "apiVersion">): string {
  const group = apiVersion?.includes("/") === true ? `.${apiVersion.split("/")[0]}` : "";
  return `${kind.toLowerCase()}${group}`;
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
