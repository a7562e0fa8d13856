// The part of bpmn-js that the islands use.
declare module 'bpmn-js/lib/NavigatedViewer' {
  export interface Point { x: number; y: number }
  export interface Box extends Point { width: number; height: number }
  export interface Element extends Partial<Box> { id: string; type: string; waypoints?: Point[]; collapsed?: boolean }
  export interface Canvas {
    addMarker(element: string, marker: string): void;
    removeMarker(element: string, marker: string): void;
    getLayer(name: string, index: number): SVGGElement;
    viewbox(): Box & { inner: Box; outer: { width: number; height: number }; scale: number };
    viewbox(box: Box): void;
    zoom(level: number, around?: 'auto'): number;
    zoom(): number;
    resized(): void;
  }
  export interface Overlays {
    add(element: string, kind: string, overlay: { position: { top?: number; left?: number; right?: number; bottom?: number }; scale: { min: number }; html: HTMLElement }): string;
    clear(): void;
  }
  export interface ElementRegistry { get(id: string): Element | undefined; getAll(): Element[]; filter(is: (element: Element) => boolean): Element[] }
  export default class NavigatedViewer {
    constructor(options: { container: HTMLElement });
    importXML(xml: string): Promise<{ warnings: unknown[] }>;
    get(name: 'canvas'): Canvas;
    get(name: 'overlays'): Overlays;
    get(name: 'elementRegistry'): ElementRegistry;
    destroy(): void;
  }
}
declare module '*.css';
