/** metav1.MicroTime: Go's parser wants exactly six digits. */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace("Z", "000Z");
}
