// Fields that come and go while a person types: `data-hide-if` holds one simple condition (forms/conditions.py), the
// server decides anew on submission. Pure, tested in conditions.test.ts.
export interface Condition {
  key: string;
  /** The answers that make it true, as text; "" stands for no answer. */
  values: string[];
  negated: boolean;
}

/** Whether a condition holds of an answer, as text; an empty answer counts as none. */
export function holds({ values, negated }: Condition, answer: string): boolean {
  return values.includes(answer) !== negated;
}

/** The present answer of a field as text: "true"/"false" for a tick, "" for nothing chosen. */
export function answerOf(form: HTMLFormElement, key: string): string {
  const field = form.elements.namedItem(key);
  if (field instanceof RadioNodeList) return field.value;
  if (field instanceof HTMLInputElement && field.type === 'checkbox') return String(field.checked);
  if (field instanceof HTMLInputElement && field.type === 'radio') return field.checked ? field.value : '';
  return field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement ? field.value : '';
}
