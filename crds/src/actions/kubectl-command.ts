import type { Action } from "./action.ts";

/** The command with which a person makes the same change by hand. */
export function kubectlCommand(action: Action): string {
  const { kind, namespace, name } = action.target;
  const object = `${kind.toLowerCase()}/${name}`;
  switch (action.type) {
    case "Rollback":
      return `kubectl -n ${namespace} rollout undo ${object} --to-revision=${action.parameters.toRevision}`;
    case "Restart":
      return `kubectl -n ${namespace} rollout restart ${object}`;
    case "Scale":
      return `kubectl -n ${namespace} scale ${object} --replicas=${action.parameters.replicas}`;
    case "Evict":
      return `echo '${evictionOf(namespace, name)}' | kubectl -n ${namespace} create --raw /api/v1/namespaces/${namespace}/pods/${name}/eviction -f -`;
  }
}

/** kubectl evicts by drain alone; a deletion would pass by the disruption budgets. */
function evictionOf(namespace: string, name: string): string {
  return JSON.stringify({ apiVersion: "policy/v1", kind: "Eviction", metadata: { namespace, name } });
}
