import { defined } from "../json.ts";
import type { KubeObject } from "../object.ts";
import type { Codec } from "./resource.ts";

/** `events.k8s.io/v1` and `v1` are two views of the same stored events; they are stored as `v1`. */
export const eventCodec: Codec = {
  fromStorage(event) {
    const { involvedObject, message, source, firstTimestamp, lastTimestamp, count, reportingComponent, ...rest } =
      event;
    return {
      ...rest,
      ...defined({
        regarding: involvedObject,
        note: message,
        reportingController: reportingComponent,
        deprecatedCount: count,
      }),
      apiVersion: "events.k8s.io/v1",
      deprecatedSource: source ?? {},
      deprecatedFirstTimestamp: firstTimestamp ?? null,
      deprecatedLastTimestamp: lastTimestamp ?? null,
    } as KubeObject;
  },
  toStorage(event) {
    const {
      regarding,
      note,
      reportingController,
      deprecatedSource,
      deprecatedFirstTimestamp,
      deprecatedLastTimestamp,
      deprecatedCount,
      ...rest
    } = event;
    return {
      ...rest,
      ...defined({ involvedObject: regarding, message: note, count: deprecatedCount }),
      apiVersion: "v1",
      source: deprecatedSource ?? {},
      firstTimestamp: deprecatedFirstTimestamp ?? null,
      lastTimestamp: deprecatedLastTimestamp ?? null,
      reportingComponent: reportingController ?? "",
    } as KubeObject;
  },
};
