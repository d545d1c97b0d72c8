import fc from "fast-check";
import { expect, it } from "vitest";
import { carriesAll } from "./label-selector.ts";
import { byLabels } from "./labelled.ts";
import type { SnapshotObject } from "./snapshot.ts";

const labels = fc.dictionary(
  fc.constantFrom("app", "tier", "zone"),
  fc.constantFrom<unknown>("a", "b", "1", 1, null, true),
  { maxKeys: 3 },
);
const podWith = (carried: Readonly<Record<string, unknown>>, name: number): SnapshotObject =>
  ({ apiVersion: "v1", kind: "Pod", metadata: { name: `pod-${name}`, labels: carried } }) as unknown as SnapshotObject;
const labelsOf = ({ metadata }: SnapshotObject) => metadata.labels ?? {};

it("finds what a look at every object would find, in the same order", () => {
  fc.assert(
    fc.property(fc.array(labels, { maxLength: 20 }), labels, (all, selector) => {
      const pods = all.map(podWith);
      const found = byLabels(pods, labelsOf).carrying(selector);
      expect(found).toEqual(pods.filter((pod) => carriesAll(labelsOf(pod), selector)));
    }),
    { seed: 7 },
  );
});

it("looks only at what carries the rarest label", () => {
  let looks = 0;
  const counted = (pod: SnapshotObject) => {
    looks += 1;
    return labelsOf(pod);
  };
  const pods = Array.from({ length: 1_000 }, (_, number) => podWith({ app: "shop", name: `${number}` }, number));
  const labelled = byLabels(pods, counted);
  looks = 0;
  expect(labelled.carrying({ app: "shop", name: "7" })).toEqual([pods[7]]);
  expect(looks).toBe(1);
});
