// The current diagram of a case, or a definition as it stands: `<div class="stage" data-stage="id of its JSON">`.
import { Stage } from './diagram/stage';
import { pageData } from './page-data';

interface Picture {
  address: string;
  visits: Record<string, number>;
  flows: string[];
  current: Record<string, string>;
  broken: string[];
}

for (const root of document.querySelectorAll<HTMLElement>('[data-stage]')) void present(root);

async function present(root: HTMLElement): Promise<void> {
  const stage = new Stage(root);
  let looked = '';
  const show = async (index: number) => {
    const picture = pageData<Picture[]>(root.dataset.stage!)[index];
    if (!picture) return;
    const sheet = await stage.show(picture.address);
    // Where the tokens stand is brought into view when the picture is chosen or they have moved, not against a reader's own zoom.
    const standing = Object.entries(picture.current);
    const people = standing.filter(([, words]) => words);
    if (sheet && looked !== (looked = `${index} ${Object.keys(picture.current).join()}`)) sheet.focus((people[0] ?? standing[0] ?? []).slice(0, 1));
    sheet?.mark({
      visits: new Map(Object.entries(picture.visits)),
      flows: new Set(picture.flows),
      current: new Map(Object.entries(picture.current)),
      broken: new Set(picture.broken),
      here: null,
    });
  };
  const choice = document.querySelector<HTMLSelectElement>(`[data-for-stage="${root.id}"]`);
  const chosen = () => Number(choice?.value ?? 0);
  choice?.addEventListener('change', () => void show(chosen()));
  // A live refresh replaces the JSON, never the stage.
  document.addEventListener('htmx:after:swap', () => void show(chosen()));
  await show(chosen());
}
