import { isRecord, type Json, objectAt, objectsAt, textAt, textsAt } from "./json.ts";

/**
 * Whether labels satisfy a metav1.LabelSelector (matchLabels and matchExpressions, also Gt and Lt of node selectors). An
 * empty selector matches everything, an absent one nothing.
 */
export function matchesSelector(selector: unknown, labels: unknown): boolean {
  if (!isRecord(selector)) return false;
  const carried = isRecord(labels) ? labels : {};
  const equal = Object.entries(objectAt(selector, "matchLabels")).every(([name, value]) => carried[name] === value);
  return equal && objectsAt(selector, "matchExpressions").every((expression) => satisfies(expression, carried));
}

/** Whether labels carry every pair of a plain map, such as a Service's selector or a nodeSelector. */
export function carriesAll(labels: unknown, wanted: Readonly<Record<string, unknown>>): boolean {
  const carried = isRecord(labels) ? labels : {};
  return Object.entries(wanted).every(([name, value]) => carried[name] === value);
}

/** One requirement `{key, operator, values}` of a label or node selector. */
export function satisfies(expression: unknown, labels: Json): boolean {
  const key = textAt(expression, "key") ?? "";
  const values = textsAt(expression, "values");
  const value = labels[key];
  switch (textAt(expression, "operator")) {
    case "In":
      return typeof value === "string" && values.includes(value);
    case "NotIn":
      return typeof value !== "string" || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return Number(value) > Number(values[0]);
    case "Lt":
      return Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** `app=web,tier in (a, b)`, as kubectl writes selectors. */
export function selectorText(selector: unknown): string {
  const pairs = Object.entries(objectAt(selector, "matchLabels")).map(([name, value]) => `${name}=${String(value)}`);
  return [...pairs, ...objectsAt(selector, "matchExpressions").map(requirementText)].join(",");
}

/** One requirement as a person writes it. */
export function requirementText(expression: unknown): string {
  const key = textAt(expression, "key") ?? "";
  const values = textsAt(expression, "values").join(", ");
  switch (textAt(expression, "operator")) {
    case "In":
      return `${key} in (${values})`;
    case "NotIn":
      return `${key} notin (${values})`;
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
    case "Gt":
      return `${key} > ${values}`;
    default:
      return `${key} < ${values}`;
  }
}
