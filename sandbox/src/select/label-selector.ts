import { badRequest } from "../api-error.ts";
import { isRecord, listOf, recordsOf, textOf } from "../json.ts";

export type Labels = Readonly<Record<string, string>>;
export type LabelPredicate = (labels: Labels) => boolean;

const SET = /^([\w./-]+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUALITY = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/;
const EXISTS = /^(!?)\s*([\w./-]+)$/;

/** A `labelSelector` parameter as a predicate. Throws 400 on one that does not parse. */
export function parseLabelSelector(selector: string): LabelPredicate {
  const predicates = splitRequirements(selector).map(parseRequirement);
  return (labels) => predicates.every((matches) => matches(labels));
}

function splitRequirements(selector: string): readonly string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function parseRequirement(text: string): LabelPredicate {
  const [, setKey, operator, values] = SET.exec(text) ?? [];
  if (setKey !== undefined) return inSet(setKey, (values ?? "").split(","), operator === "in");
  const [, key, comparison, value] = EQUALITY.exec(text) ?? [];
  if (key !== undefined) return inSet(key, [value ?? ""], comparison !== "!=");
  const [, negated, name] = EXISTS.exec(text) ?? [];
  if (name !== undefined) return (labels) => name in labels !== (negated === "!");
  const found = /^\S+\s+([\w./-]+)/.exec(text)?.[1] ?? text;
  throw badRequest(`unable to parse requirement: found '${found}', expected: in, notin, =, ==, !=, gt, lt`);
}

function inSet(key: string, values: readonly string[], wanted: boolean): LabelPredicate {
  const set = new Set(values.map((value) => value.trim()));
  return (labels) => {
    const value = labels[key];
    return value === undefined ? !wanted : set.has(value) === wanted;
  };
}

/** A metav1.LabelSelector as a predicate; an absent one matches nothing. */
export function labelSelectorMatches(selector: unknown, labels: Labels): boolean {
  if (!isRecord(selector)) return false;
  const matchLabels = Object.entries(isRecord(selector["matchLabels"]) ? selector["matchLabels"] : {});
  return (
    matchLabels.every(([key, value]) => labels[key] === value) &&
    recordsOf(selector["matchExpressions"]).every((expression) => expressionMatches(expression, labels))
  );
}

function expressionMatches(expression: Readonly<Record<string, unknown>>, labels: Labels): boolean {
  const key = textOf(expression["key"]);
  const operator = expression["operator"];
  if (operator === "Exists") return key in labels;
  if (operator === "DoesNotExist") return !(key in labels);
  return inSet(key, listOf(expression["values"]).map(String), operator === "In")(labels);
}
