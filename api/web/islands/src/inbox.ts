import type { Arrival } from './arrivals';

// Keys of the inbox, active only while the focus is inside the list (WCAG 2.1.4): ↓/j next, ↑/k previous, c claims.
const list = document.getElementById('work')!;

const rows = () => [...list.querySelectorAll<HTMLElement>('tbody tr')];

list.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = rows().findIndex((row) => row.contains(document.activeElement));
  if (at < 0) return;
  const act: Record<string, () => void> = {
    ArrowDown: () => go(at + 1),
    j: () => go(at + 1),
    ArrowUp: () => go(at - 1),
    k: () => go(at - 1),
    Home: () => go(0),
    End: () => go(rows().length - 1),
    c: () => rows()[at]?.querySelector<HTMLElement>('[data-claim]')?.click(),
  };
  const wanted = act[event.key];
  if (!wanted) return;
  event.preventDefault();
  wanted();
});

function go(index: number): void {
  rows()[index]?.querySelector<HTMLElement>('a')?.focus();
}

// The count of open tasks stands in the tab's title, so that a look at the tab is enough.
const title = document.title;
const count = () => {
  const total = list.dataset.total;
  document.title = total && total !== '0' ? `(${total}) ${title}` : title;
};
document.addEventListener('htmx:after:swap', count);
count();

// New tasks: what tells of them is fetched when the first one comes, or when somebody asks for the sound.
const popups = document.getElementById('popups')!;
const teller = (): Promise<typeof import('./arrivals')> => import(/* @vite-ignore */ popups.dataset.script!);
const known = new Set(rows().map((row) => row.id.slice(2)));
document.addEventListener('task', (event) => void teller().then(({ note }) => note((event as CustomEvent<Arrival>).detail, known)));
// Switching the sound on plays it once: one hears what one has chosen, and the browser allows sounds from then on.
const sound = document.querySelector<HTMLInputElement>('#f-sound')!;
sound.addEventListener('change', () => sound.checked && void teller().then(({ chime }) => chime()));

for (const button of document.querySelectorAll<HTMLElement>('[data-opens]')) {
  button.addEventListener('click', () => document.querySelector<HTMLDialogElement>(button.dataset.opens!)?.showModal());
}
