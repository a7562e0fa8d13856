// One rendered diagram with marks: what was walked, how often, where the tokens stand and who holds them.
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import '../../styles/diagram.css';
import NavigatedViewer, { type Box, type Element, type Point } from 'bpmn-js/lib/NavigatedViewer';

export interface Marks {
  /** How often each element was visited. */
  visits: ReadonlyMap<string, number>;
  /** The sequence flows taken. */
  flows: ReadonlySet<string>;
  /** Where tokens stand, with the words of the label below, if any. */
  current: ReadonlyMap<string, string>;
  /** Elements whose step failed. */
  broken: ReadonlySet<string>;
  /** The element that the step at hand is about. */
  here: string | null;
}

const MARKERS = ['walked', 'current', 'broken', 'here', 'frame'];
const FRAMES = ['bpmn:SubProcess', 'bpmn:Participant', 'bpmn:Lane'];
const MARGIN = 20;
/** Below this scale the words of a diagram cannot be read. */
const READABLE = 0.8;
/** Labels of ours never shrink below their own size. */
const LEGIBLE = { min: 1 };
const TRAVEL_MS = 260;

export class Sheet {
  private readonly viewer: NavigatedViewer;
  private readonly marked = new Set<string>();
  private token?: SVGCircleElement;
  private near: readonly string[] | null = null;

  constructor(readonly container: HTMLElement) {
    this.viewer = new NavigatedViewer({ container });
  }

  async open(xml: string): Promise<void> {
    await this.viewer.importXML(xml);
    this.focus([]);
  }

  /** Show the whole diagram, never larger than life. */
  fit(): void {
    this.near = null;
    const { inner, outer, scale } = this.measure();
    if (scale > 0) this.look(inner.x + inner.width / 2, inner.y + inner.height / 2, outer, scale);
  }

  /** Show the whole diagram if it can be read like that, else as much as can be read around some elements. */
  focus(elements: readonly string[]): void {
    const { inner, outer, scale } = this.measure();
    if (!(scale > 0)) return;
    if (scale >= READABLE) {
      this.fit();
      return;
    }
    this.near = elements;
    const shown = elements.flatMap((id) => this.viewer.get('elementRegistry').get(id) ?? []).filter(({ id }) => !this.isFrame(id));
    const at = shown.length ? centre(shown) : { x: inner.x, y: this.beginning() ?? inner.y };
    const [width, height] = [outer.width / READABLE, outer.height / READABLE];
    const x = within(at.x, inner.x - MARGIN + width / 2, inner.x + inner.width + MARGIN - width / 2);
    const y = within(at.y, inner.y - MARGIN + height / 2, inner.y + inner.height + MARGIN - height / 2);
    this.look(x, y, outer, READABLE);
  }

  /** Fit again after the stage has changed its size. */
  refit(): void {
    if (this.near) this.focus(this.near);
    else this.fit();
  }

  zoom(factor: number): void {
    const canvas = this.viewer.get('canvas');
    canvas.zoom(Math.min(4, Math.max(0.1, canvas.zoom() * factor)), 'auto');
  }

  /** Bring an element into view when it is out of it. */
  reveal(element: string): void {
    const shape = this.viewer.get('elementRegistry').get(element);
    if (!shape || this.isFrame(element)) return;
    const { x, y, width, height } = this.viewer.get('canvas').viewbox();
    const { x: left, y: top } = centre([shape]);
    const [padX, padY] = [Math.min(120, width / 4), Math.min(80, height / 4)];
    const visible = left > x + padX && left < x + width - padX && top > y + padY && top < y + height - padY;
    if (!visible) this.focus([element]);
  }

  mark(marks: Marks): void {
    const [canvas, overlays] = [this.viewer.get('canvas'), this.viewer.get('overlays')];
    overlays.clear();
    for (const id of this.marked) for (const marker of MARKERS) canvas.removeMarker(id, marker);
    this.marked.clear();
    for (const [id, count] of marks.visits) {
      if (!this.add(id, 'walked')) continue;
      if (this.isFrame(id)) this.add(id, 'frame');
      else if (count > 1) overlays.add(id, 'visits', { position: { top: -11, right: 12 }, scale: LEGIBLE, html: label('visits', `×${count}`) });
    }
    for (const id of marks.flows) this.add(id, 'walked');
    for (const [id, words] of marks.current) {
      if (!this.knows(id) || this.isFrame(id)) continue;
      this.add(id, 'current');
      if (!words) continue;
      const { width = 0, height = 0 } = this.viewer.get('elementRegistry').get(id)!;
      overlays.add(id, 'holder', { position: { top: height + 4, left: width / 2 }, scale: LEGIBLE, html: label('holder', words) });
    }
    for (const id of marks.broken) this.add(id, 'broken');
    if (marks.here !== null) this.add(marks.here, 'here');
  }

  /** Move the token along a sequence flow; at once for those who asked for less motion. */
  async travel(flow: string): Promise<void> {
    const points = this.viewer.get('elementRegistry').get(flow)?.waypoints;
    if (!points || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const path = pathThrough(points);
    const [length, token] = [path.getTotalLength(), this.tokenOnStage()];
    const duration = TRAVEL_MS + length / 2;
    await new Promise<void>((done) => {
      const start = performance.now();
      const frame = (now: number) => {
        const share = Math.min(1, (now - start) / duration);
        const { x, y } = path.getPointAtLength(share * length);
        token.setAttribute('transform', `translate(${x} ${y})`);
        if (share < 1) requestAnimationFrame(frame);
        else done();
      };
      requestAnimationFrame(frame);
    });
    token.remove();
  }

  private measure(): { inner: Box; outer: { width: number; height: number }; scale: number } {
    const canvas = this.viewer.get('canvas');
    canvas.resized();
    const { inner, outer } = canvas.viewbox();
    const scale = Math.min(1, (outer.width - 2 * MARGIN) / inner.width, (outer.height - 2 * MARGIN) / inner.height);
    return { inner, outer, scale };
  }

  private look(x: number, y: number, outer: { width: number; height: number }, scale: number): void {
    const [width, height] = [outer.width / scale, outer.height / scale];
    this.viewer.get('canvas').viewbox({ x: x - width / 2, y: y - height / 2, width, height });
  }

  /** The height at which the process begins: a tall diagram's upper left corner may be an empty lane. */
  private beginning(): number | undefined {
    const starts = this.viewer.get('elementRegistry').filter(({ type, x }) => type === 'bpmn:StartEvent' && x !== undefined);
    starts.sort((one, other) => one.x! - other.x!);
    return starts[0] && centre(starts.slice(0, 1)).y;
  }

  private knows(id: string): boolean {
    return this.viewer.get('elementRegistry').get(id) !== undefined;
  }

  private isFrame(id: string): boolean {
    const element = this.viewer.get('elementRegistry').get(id);
    return FRAMES.includes(element?.type ?? '') && !element?.collapsed;
  }

  private add(id: string, marker: string): boolean {
    if (!this.knows(id)) return false;
    this.viewer.get('canvas').addMarker(id, marker);
    this.marked.add(id);
    return true;
  }

  private tokenOnStage(): SVGCircleElement {
    this.token ??= svg('circle', { r: '9', class: 'token' });
    this.viewer.get('canvas').getLayer('token', 2).append(this.token);
    return this.token;
  }
}

function centre(elements: readonly Element[]): Point {
  const [xs, ys] = [elements.map(({ x = 0, width = 0 }) => x + width / 2), elements.map(({ y = 0, height = 0 }) => y + height / 2)];
  return { x: (Math.min(...xs) + Math.max(...xs)) / 2, y: (Math.min(...ys) + Math.max(...ys)) / 2 };
}

/** A number kept between two, or halfway between them when they leave no room. */
function within(value: number, least: number, most: number): number {
  return least > most ? (least + most) / 2 : Math.min(most, Math.max(least, value));
}

function pathThrough(points: Point[]): SVGPathElement {
  return svg('path', { d: points.map(({ x, y }, i) => `${i ? 'L' : 'M'}${x},${y}`).join('') });
}

function svg<K extends 'path' | 'circle'>(name: K, attributes: Record<string, string>): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function label(kind: string, text: string): HTMLElement {
  const element = document.createElement('span');
  element.className = kind;
  element.textContent = text;
  return element;
}
