import { type ContainerSetting, containerSettings } from "../../snapshot/container-settings.ts";
import { objectAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";

/** The settings of the container in trouble, each with the field of the workload in which it stands. */
export function settingsOf(trouble: Trouble): readonly ContainerSetting[] {
  const spec = objectAt(containerSpec(trouble.pod, trouble.container));
  return containerSettings(spec).map((setting) => ({ ...setting, field: fieldOf(trouble, setting.field) }));
}
