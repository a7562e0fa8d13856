// A stage holds one sheet per diagram, fetched when first shown and kept, with buttons to zoom by key or finger.
import { Sheet } from './sheet';

export class Stage {
  private readonly sheets = new Map<string, Promise<Sheet>>();
  private shown: Sheet | null = null;

  constructor(private readonly root: HTMLElement) {
    for (const button of root.querySelectorAll<HTMLButtonElement>('[data-zoom]')) {
      button.addEventListener('click', () => this.zoom(button.dataset.zoom!));
    }
    new ResizeObserver(() => this.shown?.refit()).observe(root);
  }

  /** Show the diagram at an address; answers its sheet, or null when it cannot be had (the words say so). */
  async show(address: string): Promise<Sheet | null> {
    const opening = this.sheets.get(address) ?? this.open(address);
    this.sheets.set(address, opening);
    try {
      const sheet = await opening;
      if (this.shown !== sheet) {
        for (const other of this.root.querySelectorAll<HTMLElement>('.sheet')) other.hidden = other !== sheet.container;
        this.shown = sheet;
        sheet.refit();
      }
      this.say(false);
      return sheet;
    } catch (error) {
      console.error(error);
      this.sheets.delete(address);
      this.say(true);
      return null;
    }
  }

  private async open(address: string): Promise<Sheet> {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    const container = document.createElement('div');
    container.className = 'sheet';
    this.root.append(container);
    const sheet = new Sheet(container);
    await sheet.open(await answer.text());
    return sheet;
  }

  private zoom(how: string): void {
    if (how === 'fit') this.shown?.fit();
    else this.shown?.zoom(how === 'in' ? 1.25 : 0.8);
  }

  private say(failed: boolean): void {
    const note = this.root.querySelector<HTMLElement>('.stage-note');
    if (!note) return;
    note.hidden = !failed;
    if (failed) note.textContent = note.dataset.failed!;
  }
}
