import { answerOf, holds, type Condition } from './conditions';

const LOCK_MS = 8000;

/** A second click on a submit button does nothing while the first is under way. */
export function guardAgainstDoubleSubmit(): void {
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (form.method !== 'post' || event.defaultPrevented) return;
    if (form.ariaBusy === 'true') {
      event.preventDefault();
      return;
    }
    form.ariaBusy = 'true';
    setTimeout(() => (form.ariaBusy = null), LOCK_MS);
  });
  // A page that comes back from the browser's cache is ready again.
  addEventListener('pageshow', () => document.querySelectorAll('form[aria-busy]').forEach((form) => form.removeAttribute('aria-busy')));
}

/** After a refused submission the list of what is wrong gets the focus. */
export function showWhatIsWrong(): void {
  document.querySelector<HTMLElement>('#form-errors')?.focus();
}

/** Hide and show the fields with a condition, now and whenever something is chosen. */
export function followConditions(): void {
  const fields = [...document.querySelectorAll<HTMLElement>('[data-hide-if]')].map((field) => ({
    field,
    form: field.closest('form')!,
    condition: JSON.parse(field.dataset.hideIf!) as Condition,
  }));
  if (!fields.length) return;
  const follow = () => {
    for (const { field, form, condition } of fields) {
      // What is hidden counts as unanswered, so fields are looked at in their order.
      const asked = fields.find((other) => other.form === form && other.field.querySelector(`[name="${CSS.escape(condition.key)}"]`));
      field.hidden = holds(condition, asked?.field.hidden ? '' : answerOf(form, condition.key));
      delete field.dataset.hidden;
    }
  };
  follow();
  document.addEventListener('input', follow);
}
