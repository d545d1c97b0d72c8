import { type Action, writeOf } from "@sre-agent/crds";
import type { Reviewer, UserInfo } from "@sre-agent/kube";

/** Whether `user` may make the write of `action` on its target, by the API server's own word. */
export async function mayWrite(
  reviewer: Reviewer,
  { user, action }: { readonly user: UserInfo; readonly action: Action },
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace, name, kind } = action.target;
  const write = writeOf(action.type, kind);
  if (!write) return false;
  const [resource = write.resource, subresource] = write.resource.split("/");
  const question = {
    user,
    verb: write.verb,
    group: write.group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    namespace,
    name,
  };
  return (await reviewer.may(question, { signal })).allowed;
}
