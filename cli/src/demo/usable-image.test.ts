import { describe, expect, it } from "vitest";
import { usableImage } from "./usable-image.ts";

const node = (
  name: string,
  { image = "", ...spec }: { image?: string; unschedulable?: boolean; taint?: string } = {},
) => ({
  metadata: { name },
  spec: { ...spec, taints: spec.taint === undefined ? [] : [{ key: "role", effect: spec.taint }] },
  status: { images: [{ names: [image] }] },
});

const image = "localhost/toolbox:1";
const carried = { name: image, pullPolicy: "Never" };
const pulled = { name: "busybox:1.37", pullPolicy: "IfNotPresent" };

describe("the image of the demo", () => {
  it.each([
    ["carried by the only node", [node("a", { image })], carried],
    ["carried by no node", [node("a")], pulled],
    ["carried by one of two", [node("a", { image }), node("b")], pulled],
    ["missing on a node that is cordoned", [node("a", { unschedulable: true }), node("b", { image })], carried],
    ["missing on a node with a taint", [node("a", { taint: "NoSchedule" }), node("b", { image })], carried],
    [
      "missing on a node that is only not preferred",
      [node("a", { taint: "PreferNoSchedule" }), node("b", { image })],
      pulled,
    ],
    ["asked for where no node takes pods", [node("a", { image, unschedulable: true })], pulled],
  ])("is right when it is %s", (_, nodes, expected) => {
    expect(usableImage(nodes)).toEqual(expected);
  });
});
