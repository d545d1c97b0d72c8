import type { Analyzer } from "../../analyzer.ts";
import { ADMISSION_KINDS, CONFIGURATION_KINDS, NETWORK_KINDS, WORKLOAD_KINDS } from "../../needed-kinds.ts";
import { crashLoop } from "./crash-loop.ts";
import { evictedPods } from "./evicted-pods.ts";
import { hostAlias } from "./host-alias.ts";
import { imagePull } from "./image-pull.ts";
import { lifecycleHook } from "./lifecycle-hook.ts";
import { loggedErrors } from "./logged-errors.ts";
import { loopbackListener } from "./loopback-listener.ts";
import { notReady } from "./not-ready.ts";
import { oomKill } from "./oom-kill.ts";
import { probeCommand } from "./probe-command.ts";
import { readinessGate } from "./readiness-gate.ts";
import { rejectedPods } from "./rejected-pods.ts";
import { sharedVolume } from "./shared-volume.ts";
import { startFailure } from "./start-failure.ts";
import { throttledCpu } from "./throttled-cpu.ts";
import { unmeantQuantity } from "./unmeant-quantity.ts";
import { waitingInit } from "./waiting-init.ts";

/** What keeps containers from running and pods from being ready. */
export const PODS: readonly Analyzer[] = [
  { name: "image-pull", kinds: [...WORKLOAD_KINDS, ...CONFIGURATION_KINDS], find: imagePull },
  { name: "start-failure", kinds: WORKLOAD_KINDS, find: startFailure },
  { name: "oom-kill", kinds: [...WORKLOAD_KINDS, ...ADMISSION_KINDS], find: oomKill },
  { name: "crash-loop", kinds: [...WORKLOAD_KINDS, ...CONFIGURATION_KINDS, ...NETWORK_KINDS], find: crashLoop },
  { name: "probe-command", kinds: WORKLOAD_KINDS, find: probeCommand },
  { name: "lifecycle-hook", kinds: WORKLOAD_KINDS, find: lifecycleHook },
  { name: "evicted-pods", kinds: WORKLOAD_KINDS, find: evictedPods },
  { name: "rejected-pods", kinds: WORKLOAD_KINDS, find: rejectedPods },
  { name: "loopback-listener", kinds: [...WORKLOAD_KINDS, ...NETWORK_KINDS], find: loopbackListener },
  { name: "host-alias", kinds: [...WORKLOAD_KINDS, ...NETWORK_KINDS], find: hostAlias },
  { name: "shared-volume", kinds: WORKLOAD_KINDS, find: sharedVolume },
  { name: "waiting-init", kinds: WORKLOAD_KINDS, find: waitingInit },
  { name: "readiness-gate", kinds: WORKLOAD_KINDS, find: readinessGate },
  { name: "not-ready", kinds: WORKLOAD_KINDS, find: notReady },
  { name: "logged-errors", kinds: WORKLOAD_KINDS, find: loggedErrors },
  { name: "unmeant-quantity", kinds: WORKLOAD_KINDS, find: unmeantQuantity },
  { name: "throttled-cpu", kinds: WORKLOAD_KINDS, find: throttledCpu },
];
