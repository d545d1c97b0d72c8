import { diffTemplates } from "@sre-agent/diagnosis";

/** One line a changed field, such as `spec.template.spec.containers[web].image: web:2 → web:1`; bounded, and says so. */
export function renderDiff(before: unknown, after: unknown): readonly string[] {
  const { changes, omitted } = diffTemplates(before, after);
  const lines = changes.map(({ path, before: from = "(none)", after: to = "(none)" }) => `${path}: ${from} → ${to}`);
  return omitted > 0 ? [...lines, `… and ${omitted} more fields`] : lines;
}
