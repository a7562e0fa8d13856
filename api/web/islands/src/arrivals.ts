// New tasks for me or my groups, announced on the inbox: a quiet notice in a corner, and a sound for those who asked for it.
// The event carries ids only; the server says what there is to tell. Notices stay until they are dismissed, opened or stale.
// Loaded when the first event comes.
import { chime } from './chime';

export { chime };

const MOST = 3;
const TOGETHER_MS = 300;

export interface Arrival {
  task: string;
  state: string;
}

const box = document.getElementById('popups')!;
const popup = document.querySelector<HTMLInputElement>('#f-popup')!;
const sound = document.querySelector<HTMLInputElement>('#f-sound')!;
let waiting = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;
let more = 0;

/** Take note of a task that appeared, changed hands or closed; `known` are those that were on the page before. */
export function note({ task, state }: Arrival, known: Set<string>): void {
  if (state !== 'open') of(task)?.remove();
  else if (of(task) || !known.has(task)) waiting.add(task);
  known.add(task);
  tidy();
  clearTimeout(timer);
  timer = setTimeout(() => void tell(), TOGETHER_MS);
}

box.addEventListener('click', (event) => {
  const target = event.target as Element;
  if (target.closest('[data-dismiss]')) dismiss(target.closest('.popup')!);
});
box.addEventListener('keydown', (event) => {
  const shown = (event.target as Element).closest('.popup');
  if (event.key === 'Escape' && shown) dismiss(shown);
});
popup.addEventListener('change', () => {
  if (!popup.checked) box.replaceChildren();
  tidy();
});

async function tell(): Promise<void> {
  const asked = [...waiting];
  waiting = new Set();
  const answers = await Promise.all(asked.map(async (task) => [task, await notice(box.dataset.ask! + task)] as const));
  let fresh = false;
  for (const [task, text] of answers) {
    const shown = of(task);
    if (!text) shown?.remove();
    else if (!shown) {
      fresh = true;
      if (popup.checked) show(text);
    }
  }
  if (fresh && sound.checked) chime();
  tidy();
}

function show(text: string): void {
  if (box.querySelectorAll('.popup').length < MOST) box.insertAdjacentHTML('afterbegin', text);
  else more += 1;
}

function dismiss(shown: Element): void {
  const next = (shown.nextElementSibling ?? shown.previousElementSibling)?.querySelector<HTMLElement>('a');
  shown.remove();
  tidy();
  (next ?? document.getElementById('main'))?.focus();
}

function tidy(): void {
  const any = box.querySelector('.popup') !== null;
  if (!any) more = 0;
  box.querySelector('.more')?.remove();
  if (more) {
    const line = document.createElement('p');
    line.className = 'more';
    line.textContent = box.dataset.more!.replace('{n}', String(more));
    box.append(line);
  }
  box.hidden = !any;
}

function of(task: string): Element | null {
  return box.querySelector(`[data-task="${CSS.escape(task)}"]`);
}

/** What there is to tell of a task: a piece of the page, or nothing. */
async function notice(address: string): Promise<string> {
  try {
    const answer = await fetch(address, { headers: { 'X-Live': '1' }, redirect: 'error' });
    return answer.status === 200 ? await answer.text() : '';
  } catch {
    return '';
  }
}
