import { expect, test } from "vitest";
import { isSlip } from "./nearest-name.ts";

test.each([
  ["sdd", "ssd"],
  ["setings", "settings"],
  ["web-setings", "web-settings"],
  ["ledger-db", "ledgerdb"],
  ["Linux", "linux"],
  ["settings-v2x", "settings-v2"],
])("%s is %s misspelt", (asked, name) => {
  expect(isSlip(asked, name)).toBe(true);
});

test.each([
  ["ledger", "ledger-replica"],
  ["settings-v2", "settings-v1"],
  ["orders-eu", "orders-us"],
  ["pay-dev", "pay-prd"],
  ["data-2", "data-1"],
  ["data2", "data-1"],
  ["windows", "linux"],
  ["nvme", "ssd"],
])("%s is another thing than %s", (asked, name) => {
  expect(isSlip(asked, name)).toBe(false);
});
